import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canJoin,
  checksumAlgorithms,
  checksumOf,
  compositeChecksum,
  findAlgorithm,
  fullObjectChecksum,
  makeHasher,
  readDigest,
} from './checksum.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

// Published check values: the digest of the nine ASCII digits "123456789".
const checkValues = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  MD5: '25f9e794323b453885f5181f1b624d0b',
} as const;

describe('checksums', () => {
  for (const [algorithm, hex] of Object.entries(checkValues))
    test(`${algorithm}: agrees with its published check value`, () => {
      const known = findAlgorithm(algorithm.toLowerCase());
      expect(known).toBe(algorithm);
      const value = checksumOf(known as 'CRC32', text('123456789'));
      expect(Buffer.from(value, 'base64').toString('hex')).toBe(hex);
    });

  test('CRC32 and CRC64NVME: agree with what AWS answered (recorded)', () => {
    expect(checksumOf('CRC32', text('test-delete'))).toBe('1jy6qw==');
    expect(checksumOf('CRC64NVME', text('test'))).toBe('+bu+zv66sUM=');
  });

  test('a hasher gives the same digest however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(60), { maxLength: 6 }),
        fc.constantFrom(...checksumAlgorithms),
        (bytes, cuts, algorithm) => {
          const hasher = makeHasher(algorithm);
          let at = 0;
          for (const cut of cuts) {
            hasher.update(bytes.subarray(at, at + cut));
            at = Math.min(bytes.length, at + cut);
          }
          hasher.update(bytes.subarray(at));
          expect(hasher.digest()).toBe(checksumOf(algorithm, bytes));
        },
      ),
    );
  });

  test('FULL_OBJECT: the checksum joined from parts is that of the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...checksumAlgorithms.filter(canJoin)),
        (parts, algorithm) => {
          const known = parts.map((part) => ({ checksum: checksumOf(algorithm, part), sizeBytes: part.length }));
          expect(fullObjectChecksum(algorithm, known)).toBe(checksumOf(algorithm, Buffer.concat(parts)));
        },
      ),
    );
  });

  test('COMPOSITE: is the checksum of the checksums with the number of parts', () => {
    const parts = [text('a'), text('bc')].map((part) => ({
      checksum: checksumOf('SHA256', part),
      sizeBytes: part.length,
    }));
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.checksum, 'base64')));
    expect(compositeChecksum('SHA256', parts)).toBe(`${checksumOf('SHA256', digests)}-2`);
  });

  test('readDigest: refuses what is not base 64 of the right length', () => {
    expect(readDigest('CRC32', 'AAAAAA==')).toEqual(Buffer.alloc(4));
    expect(readDigest('CRC32', 'AAAA')).toBeUndefined();
    expect(readDigest('CRC32', '!!!!!!==')).toBeUndefined();
    expect(readDigest('SHA256', '')).toBeUndefined();
  });
});
