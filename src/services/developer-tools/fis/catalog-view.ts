// What can be done to what: the catalogues of actions and of targets.
import { actions, type CatalogAction } from './action-catalog.ts';
import { arnOf } from './arn.ts';
import { errors } from './errors.ts';
import type { FisContext, Operation } from './operation.ts';
import { pageOf } from './page.ts';
import { targetTypes } from './target-catalog.ts';

const targetsOf = ({ targets }: CatalogAction) =>
  Object.fromEntries(Object.entries(targets).map(([name, resourceType]) => [name, { resourceType }]));

const summary = (id: string, action: CatalogAction, context: FisContext) => ({
  id,
  arn: arnOf(context, 'action', id),
  description: action.description,
  targets: targetsOf(action),
  tags: {},
});

export const ListActions: Operation<'ListActions'> = (input, context) => {
  const { items, nextToken } = pageOf(input, Object.entries(actions));
  return { actions: items.map(([id, action]) => summary(id, action, context)), nextToken };
};

export const GetAction: Operation<'GetAction'> = ({ id }, context) => {
  const action = Object.hasOwn(actions, id) ? actions[id] : undefined;
  if (action === undefined) throw errors.noAction(id);
  const parameters = Object.entries(action.parameters).map(([name, { description, required = false }]) => [
    name,
    { description, required },
  ]);
  return { action: { ...summary(id, action, context), parameters: Object.fromEntries(parameters) } };
};

export const ListTargetResourceTypes: Operation<'ListTargetResourceTypes'> = (input) => {
  const { items, nextToken } = pageOf(input, Object.entries(targetTypes));
  return {
    targetResourceTypes: items.map(([resourceType, { description }]) => ({ resourceType, description })),
    nextToken,
  };
};

export const GetTargetResourceType: Operation<'GetTargetResourceType'> = ({ resourceType }) => {
  const type = Object.hasOwn(targetTypes, resourceType) ? targetTypes[resourceType] : undefined;
  if (type === undefined) throw errors.noTargetType(resourceType);
  const parameters = Object.entries(type.parameters ?? {}).map(([name, { description, required = false }]) => [
    name,
    { description, required },
  ]);
  const { description } = type;
  return { targetResourceType: { resourceType, description, parameters: Object.fromEntries(parameters) } };
};
