// EBS direct APIs: the blocks of snapshots, read and written without a volume. And the standard metrics of volumes.
import { defineService } from '../../../kernel/service.ts';
import { snapshotDone } from '../ec2/snapshot-make.ts';
import { ec2Tables } from '../ec2/state.ts';
import { GetSnapshotBlock, ListChangedBlocks, ListSnapshotBlocks } from './snapshot-read.ts';
import { CompleteSnapshot, PutSnapshotBlock, StartSnapshot, writingEnded } from './snapshot-write.ts';
import { volumeMetrics } from './volume-metric.ts';

export default defineService({
  name: 'ebs',
  state: ec2Tables,
  stateOf: 'ec2',
  operations: {
    ListSnapshotBlocks, // snapshot-read.ts
    ListChangedBlocks,
    GetSnapshotBlock,
    StartSnapshot, // snapshot-write.ts
    PutSnapshotBlock,
    CompleteSnapshot,
  },
  jobs: { snapshotDone, writingEnded },
  metrics: volumeMetrics,
});
