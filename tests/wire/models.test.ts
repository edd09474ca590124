// The committed models are those of the pinned SDK.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('tools/models.mjs --check finds nothing to write', { timeout: 120_000 }, async () => {
  const tool = fileURLToPath(new URL('../../tools/models.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [tool, '--check']);
  expect(stdout).toContain('all up to date');
});
