// Table of contents of what joins networks: operations by file, and jobs. `compute/ec2/service.ts` takes it in.
import * as accessScopes from './access-scope.ts';
import * as carriers from './carrier-gateway.ts';
import * as endpointConnections from './endpoint-connection.ts';
import * as endpointServices from './endpoint-service.ts';
import * as endpoints from './endpoint.ts';
import { flowLogAdmitted, flowLogDelivered } from './flow-log-delivery.ts';
import * as flowLogs from './flow-log.ts';
import * as connectEndpoints from './instance-connect-endpoint.ts';
import * as analyses from './insights-analysis.ts';
import * as paths from './insights-path.ts';
import * as peerings from './peering.ts';
import * as publicAccess from './public-access.ts';
import * as groupReferences from './security-group-reference.ts';
import * as transitAttachments from './transit-attachment.ts';
import * as transitGateways from './transit-gateway.ts';
import * as transitPeerings from './transit-peering.ts';
import * as transitTables from './transit-route-table.ts';
import * as transitRoutes from './transit-table-route.ts';
import { rowForgotten, stateReached } from './transition.ts';
import * as vpnConnections from './vpn-connection.ts';
import * as vpnGateways from './vpn-gateway.ts';

export const linkFiles: readonly object[] = [
  endpoints,
  endpointServices,
  endpointConnections,
  peerings,
  transitGateways,
  transitAttachments,
  transitTables,
  transitRoutes,
  transitPeerings,
  vpnGateways,
  vpnConnections,
  flowLogs,
  paths,
  analyses,
  accessScopes,
  groupReferences,
  publicAccess,
  carriers,
  connectEndpoints,
];

export const linkJobs = {
  stateReached,
  rowForgotten,
  flowLogAdmitted,
  flowLogDelivered,
  insightsAnalysed: analyses.insightsAnalysed,
  accessScopeAnalysed: accessScopes.accessScopeAnalysed,
  connectEndpointGone: connectEndpoints.connectEndpointGone,
  endpointGone: endpoints.endpointGone,
  peeringExpired: peerings.peeringExpired,
  peeringForgotten: peerings.peeringForgotten,
  transitAttachmentGone: transitAttachments.transitAttachmentGone,
  transitPeeringAsked: transitPeerings.transitPeeringAsked,
  transitPeeringGone: transitPeerings.transitPeeringGone,
  vpnConnected: vpnConnections.vpnConnected,
  vpnGone: vpnConnections.vpnGone,
};
