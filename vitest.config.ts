import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes, where others take seconds: begun last, they would run alone while the other processor has nothing to do. */
const long = /\/tests\/(?:durability|clients|fuzz)\/|\/tests\/(?:package|tools)\.test\.ts$/;

class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [first, then] = [true, false].map((isLong) =>
      sorted.filter(({ moduleId }) => long.test(moduleId) === isLong),
    );
    return [...(first ?? []), ...(then ?? [])];
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'threads',
    testTimeout: 30_000,
    sequence: { sequencer: LongOnesFirst },
    // The SDK tells each worker that it will leave this version of Node behind: that drowned what tests say.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
