// Systems Manager: Parameter Store, documents, and what Run Command says where no agent runs.
import { defineService } from '../../../kernel/service.ts';
import { permissions } from './access.ts';
import * as documentSharing from './document-sharing.ts';
import * as documents from './document.ts';
import * as nodes from './managed-node.ts';
import { DescribeParameters, LabelParameterVersion, UnlabelParameterVersion } from './parameter-list.ts';
import { GetParameter, GetParameterHistory, GetParameters, GetParametersByPath } from './parameter-read.ts';
import { DeleteParameter, DeleteParameters, parameterExpired, PutParameter } from './parameter.ts';
import { ssmTables } from './state.ts';
import { AddTagsToResource, ListTagsForResource, RemoveTagsFromResource } from './tag.ts';

export default defineService({
  name: 'ssm',
  state: ssmTables,
  operations: {
    PutParameter, // parameter.ts
    DeleteParameter,
    DeleteParameters,
    GetParameter, // parameter-read.ts
    GetParameters,
    GetParametersByPath,
    GetParameterHistory,
    DescribeParameters, // parameter-list.ts
    LabelParameterVersion,
    UnlabelParameterVersion,
    AddTagsToResource, // tag.ts
    RemoveTagsFromResource,
    ListTagsForResource,
    ...documents,
    ...documentSharing,
    ...nodes,
  },
  jobs: { parameterExpired },
  permissions,
});
