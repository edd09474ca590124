// Run Command. A command runs on managed nodes: machines whose agent has registered. None of the guests here runs the agent, so there
// is no node, and AWS's answers for that are given.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Operation, Sdk } from './operation.ts';

const { modelled } = errorsOf<Sdk>();
const notManaged = modelled(
  'InvalidInstanceId',
  (ids: readonly string[], account: string) =>
    `Instances [[${ids.join(', ')}]] not in a valid state for account ${account}`,
);
const noInvocation = modelled('InvocationDoesNotExist', () => '');

export const DescribeInstanceInformation: Operation<'DescribeInstanceInformation'> = () => ({
  InstanceInformationList: [],
});

/** Differs: no machine is a managed node, so every command is refused as for machines without an agent. */
export const SendCommand: Operation<'SendCommand'> = ({ InstanceIds, Targets }, { account }) => {
  throw notManaged(InstanceIds ?? (Targets ?? []).flatMap(({ Values }) => Values ?? []), account);
};

export const GetCommandInvocation: Operation<'GetCommandInvocation'> = () => {
  throw noInvocation();
};

export const ListCommands: Operation<'ListCommands'> = () => ({ Commands: [] });

export const ListCommandInvocations: Operation<'ListCommandInvocations'> = () => ({ CommandInvocations: [] });

const notConnected = modelled('TargetNotConnected', (id: string) => `${id} is not connected.`);
const noSession = modelled('DoesNotExistException', (id: string) => `Session ${id} does not exist.`);

export const StartSession: Operation<'StartSession'> = ({ Target }) => {
  throw notConnected(Target);
};

export const TerminateSession: Operation<'TerminateSession'> = ({ SessionId }) => {
  throw noSession(SessionId);
};

export const DescribeSessions: Operation<'DescribeSessions'> = () => ({ Sessions: [] });
