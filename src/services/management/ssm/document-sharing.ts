// Who may use a document besides its owner.
import { getDocument } from './document-find.ts';
import type { Operation } from './operation.ts';

/** Differs: a share is kept and shown; the other account does not see the document. */
export const ModifyDocumentPermission: Operation<'ModifyDocumentPermission'> = (input, context) => {
  const row = getDocument(context, input.Name);
  const removed = new Set(input.AccountIdsToRemove ?? []);
  const sharedWith = [...new Set([...row.sharedWith, ...(input.AccountIdsToAdd ?? [])])].filter(
    (id) => !removed.has(id),
  );
  context.state.documents.put({ ...row, sharedWith });
  return {};
};

export const DescribeDocumentPermission: Operation<'DescribeDocumentPermission'> = ({ Name }, context) => {
  const { sharedWith } = getDocument(context, Name);
  return {
    AccountIds: [...sharedWith],
    AccountSharingInfoList: sharedWith.map((AccountId) => ({ AccountId, SharedDocumentVersion: '$DEFAULT' })),
  };
};
