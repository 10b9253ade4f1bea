// The Ed25519 key that signs checkpoints, markers and bundles. It lies beside the database, readable by its owner only.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { FlowForgeError } from '../../core/error.ts';
import { splitNote, toNote } from '../../core/evidence/checkpoint.ts';
import { syncDirectory } from './directory.ts';

const ED25519 = 0x01;
const KEY_HASH_BYTES = 4;

/** Signs notes in the name of one log. */
export class Signer {
  readonly #key: KeyObject;
  readonly #name: string;
  readonly publicKeyPem: string;

  constructor(key: KeyObject, logId: string) {
    this.#key = key;
    this.#name = `flowforge/${logId}`;
    this.publicKeyPem = pemOf(createPublicKey(key));
  }

  note(text: string): string {
    const keyHash = keyHashOf(this.#name, createPublicKey(this.#key));
    const signature = Buffer.concat([keyHash, this.sign(text)]);
    return toNote(text, this.#name, signature.toString('base64'));
  }

  sign(text: string): Buffer {
    return sign(null, Buffer.from(text), this.#key);
  }
}

/** The signing key in `path`, made there when missing. Two processes that make it at once end with the same one. */
export function signingKeyAt(path: string): KeyObject {
  return readKey(path) ?? makeKey(path);
}

/** The public half of the key in `path`, or null where there is none. */
export function publicKeyIn(path: string): string | null {
  const key = readKey(path);
  return key && pemOf(createPublicKey(key));
}

/** The text of a note, when `publicKeyPem` signed it; else null. */
export function verifiedText(note: string, publicKeyPem: string): string | null {
  const parts = splitNote(note);
  if (!parts) return null;
  const bytes = Buffer.from(parts.signature, 'base64').subarray(KEY_HASH_BYTES);
  return isSignedBy(parts.text, bytes, publicKeyPem) ? parts.text : null;
}

/** Whether `signature` is the key's own over `text`. */
function isSignedBy(text: string, signature: Uint8Array, publicKeyPem: string): boolean {
  try {
    return verify(null, Buffer.from(text), createPublicKey(publicKeyPem), signature);
  } catch {
    // A key that is none has signed nothing.
    return false;
  }
}

function readKey(path: string): KeyObject | null {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new FlowForgeError('FF_STORE_UNAVAILABLE', `cannot read the signing key ${path}`, {
      cause,
    });
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new FlowForgeError('FF_KEY_INVALID', `${path} is not a private key`, { cause });
  }
}

function makeKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  const half = `${path}.${process.pid}`;
  const fd = openSync(half, 'w', 0o600);
  try {
    writeSync(fd, String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    linkSync(half, path);
  } catch {
    // Another process was faster: its key is the key.
  }
  unlinkSync(half);
  syncDirectory(dirname(path));
  return readKey(path) ?? privateKey;
}

const pemOf = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }));

/** As C2SP has it: the first bytes of SHA-256 over name, newline, algorithm and key. */
function keyHashOf(name: string, key: KeyObject): Buffer {
  const raw = key.export({ type: 'spki', format: 'der' }).subarray(-32);
  const hash = createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(raw);
  return hash.digest().subarray(0, KEY_HASH_BYTES);
}
