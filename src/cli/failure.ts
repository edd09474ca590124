// What a command says when it cannot do its work, and the exit codes.

export const exitCode = {
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** No cloud answers at the endpoint. */
  unreachable: 3,
  /** The port belongs to somebody else. */
  portTaken: 4,
} as const;

/** A failure that the user can do something about: `remedy` says what. */
export class CliFailure extends Error {
  readonly code: number;
  readonly remedy: string;

  constructor(message: string, remedy: string, code: number = exitCode.failed) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** Tells the failure on standard error and ends with its code. Only for bugs of ours is there a stack. */
export async function fail(error: unknown): Promise<never> {
  const { message, remedy, code } = await asFailure(error);
  process.stderr.write(`hakoniwa: ${message}\n`);
  for (const line of remedy.split('\n')) if (line !== '') process.stderr.write(`  → ${line}\n`);
  process.exit(code);
}

async function asFailure(error: unknown): Promise<{ message: string; remedy: string; code: number }> {
  if (error instanceof CliFailure) return error;
  const { Unreachable, Refused } = await import('../admin/client.ts');
  if (error instanceof Unreachable) {
    return {
      message: error.message,
      remedy: 'Start a cloud with: hakoniwa start\nIf it runs elsewhere, give --endpoint URL or set HAKONIWA_ENDPOINT.',
      code: exitCode.unreachable,
    };
  }
  if (error instanceof Refused) return { message: error.message, remedy: error.remedy, code: exitCode.failed };
  if (error instanceof Error && ['DataFolderError', 'GuestsUnavailable'].includes(error.constructor.name))
    return { message: error.message, remedy: '', code: exitCode.failed };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `a bug of ours:\n${text}`, remedy: 'Please report it with the command that you gave.', code: 70 };
}
