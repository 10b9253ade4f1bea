// Digests, signatures and packing for bundles of evidence, with what Node brings.

import { createPublicKey, hash, verify } from 'node:crypto';
import { splitNote } from '../../core/evidence/checkpoint.ts';
import type { EvidenceTools } from '../../ports.ts';
import { packTar, unpackTar } from './tar.ts';

const KEY_HASH_BYTES = 4;

const isSigned = (text: string, signature: Uint8Array, publicKeyPem: string): boolean => {
  try {
    return verify(null, Buffer.from(text), createPublicKey(publicKeyPem), signature);
  } catch {
    // A key that is none has signed nothing.
    return false;
  }
};

export const evidenceTools: EvidenceTools = {
  sha256: (content) => hash('sha256', content, 'hex'),
  isSignedBy: (text, signature, key) => isSigned(text, Buffer.from(signature, 'base64'), key),
  verifiedText: (note, key) => {
    const parts = splitNote(note);
    if (!parts) return null;
    const signature = Buffer.from(parts.signature, 'base64').subarray(KEY_HASH_BYTES);
    return isSigned(parts.text, signature, key) ? parts.text : null;
  },
  pack: packTar,
  unpack: unpackTar,
};
