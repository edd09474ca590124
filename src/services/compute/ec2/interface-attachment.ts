// Attaching interfaces to instances, and taking them off.
import { key } from '../../../kernel/key.ts';
import { getInterface } from '../../networking/vpc/network-interface.ts';
import { errors } from './errors.ts';
import { getLiving } from './instance.ts';
import { findType } from './instance-type.ts';
import { interfacesOf } from './instance-view.ts';
import type { Operation } from './operation.ts';

/**
 * Attaches an interface as a further one, hot (running) or warm (stopped).
 *
 * Limit: the type's number of interfaces; the zone must be the same.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachNetworkInterface.html
 */
export const AttachNetworkInterface: Operation<'AttachNetworkInterface'> = (input, context) => {
  const { state, ids, account, clock } = context;
  const nic = getInterface(context, input.NetworkInterfaceId);
  const instance = getLiving(context, input.InstanceId);
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    throw errors.other('IncorrectState', `Instance '${instance.id}' is not 'running' or 'stopped'.`);
  }
  if (nic.attachment !== undefined) {
    throw errors.other('InvalidNetworkInterface.InUse', `Interface: [${nic.id}] in use.`);
  }
  if (nic.zone !== instance.zone) {
    throw errors.invalidParameter(
      'You may not attach a network interface to an instance if they are not in the same availability zone',
    );
  }
  const others = interfacesOf(context, instance.id);
  const card = input.NetworkCardIndex ?? 0;
  if (
    others.some(
      ({ attachment }) => attachment?.deviceIndex === input.DeviceIndex && attachment.networkCardIndex === card,
    )
  ) {
    throw errors.invalidParameter(
      `Instance '${instance.id}' already has an interface attached at device index '${input.DeviceIndex}'.`,
    );
  }
  const most = findType(instance.type)?.NetworkInfo?.MaximumNetworkInterfaces ?? 2;
  if (others.length >= most) {
    throw errors.other(
      'AttachmentLimitExceeded',
      `Interface count ${others.length + 1} exceeds the limit for ${instance.type}`,
    );
  }
  const attachment = {
    id: ids.resource('eni-attach'),
    instanceId: instance.id,
    instanceOwnerId: account,
    deviceIndex: input.DeviceIndex,
    networkCardIndex: card,
    attachedAt: clock.now(),
    deleteOnTermination: false,
  };
  state.interfaces.put({ ...nic, attachment });
  return { AttachmentId: attachment.id, NetworkCardIndex: card };
};

/** Takes an interface off its instance; the primary one stays. */
export const DetachNetworkInterface: Operation<'DetachNetworkInterface'> = ({ AttachmentId }, context) => {
  const { state } = context;
  const nic = state.interfaces.index('attachment').first({ prefix: key(AttachmentId) });
  if (nic?.attachment === undefined) throw errors.attachmentNotFound(AttachmentId);
  if (nic.attachment.instanceId === undefined || nic.requester?.managed === true) {
    throw errors.operationNotPermitted(`You are not allowed to manage '${nic.id}' attachments.`);
  }
  if (nic.attachment.deviceIndex === 0) {
    throw errors.operationNotPermitted(
      'The network interface at device index 0 and networkCard index 0 cannot be detached.',
    );
  }
  state.interfaces.put({ ...nic, attachment: undefined });
  return {};
};
