// The open database with everything that writes into it; closed and opened anew as a whole.

import type { EpochMs } from '../../core/time.ts';
import { type FileIdentity, identify, type OpenDatabase, openDatabase } from './database.ts';
import { EventWriter } from './event-writer.ts';
import { SampleTable } from './sample-table.ts';

export interface Connection {
  readonly database: OpenDatabase;
  readonly writer: EventWriter;
  readonly samples: SampleTable;
}

/** @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_NEWER · CorruptDatabase */
export function connect(path: string, now: EpochMs): Connection {
  const database = openDatabase(path, now);
  const { handle } = database;
  return { database, writer: new EventWriter(database), samples: new SampleTable(handle) };
}

/** Closes the database; a failure to close leaves nothing to be done about it. */
export function disconnect({ database }: Connection): void {
  try {
    database.handle.close();
  } catch {
    // The handle is given up either way.
  }
}

/** What became of the file under its name since it was opened. */
export function fileChange(path: string, opened: FileIdentity): 'deleted' | 'replaced' | null {
  try {
    const { device, inode } = identify(path);
    return device === opened.device && inode === opened.inode ? null : 'replaced';
  } catch {
    return 'deleted';
  }
}
