// The ranges of a prefix list, a user's or one of AWS's services.
import type {
  DescribeManagedPrefixListsCommandOutput,
  GetManagedPrefixListEntriesCommandOutput,
} from '@aws-sdk/client-ec2';
import type { ActionCall } from './action-runner.ts';
import { ExperimentFailure } from './role.ts';

/** @param given ID, name or ARN. @throws ExperimentFailure when there is no such list */
export async function prefixesOf({ actor }: ActionCall, given: string | undefined): Promise<readonly string[]> {
  const id = /pl-[0-9a-f]+$/.exec(given ?? '')?.[0];
  const filter =
    id === undefined ? { Name: 'prefix-list-name', Values: [given] } : { Name: 'prefix-list-id', Values: [id] };
  const { PrefixLists = [] } = await actor.call<DescribeManagedPrefixListsCommandOutput>(
    'ec2',
    'DescribeManagedPrefixLists',
    { Filters: [filter] },
  );
  const PrefixListId = PrefixLists[0]?.PrefixListId;
  if (PrefixListId === undefined)
    throw new ExperimentFailure('ConfigurationFailure', `There is no prefix list ${given ?? ''}.`);
  const { Entries = [] } = await actor.call<GetManagedPrefixListEntriesCommandOutput>(
    'ec2',
    'GetManagedPrefixListEntries',
    { PrefixListId },
  );
  return Entries.flatMap(({ Cidr }) => Cidr ?? []);
}
