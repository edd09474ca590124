// Answers that a load balancer gives itself, with AWS's statuses.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
import type { HttpResponse } from '../../../kernel/http.ts';

export const ownAnswer = (status: number, title: string, text = ''): HttpResponse => ({
  status,
  headers: { server: 'awselb/2.0', 'content-type': 'text/html' },
  body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n${text}</body>\r\n</html>\r\n`,
});

/** Says why in a header: nothing that AWS sends, and what whoever learns looks for. */
const because = (answer: HttpResponse, sentence: string): HttpResponse => ({
  ...answer,
  headers: { ...answer.headers, 'x-hakoniwa-reason': sentence.replaceAll(/[^\x20-\x7e]/g, '?') },
});

export const failures = {
  noTarget: () => ownAnswer(503, 'Service Temporarily Unavailable'),
  badGateway: () => ownAnswer(502, 'Bad Gateway'),
  timeout: () => ownAnswer(504, 'Gateway Time-out'),
  lost: (sentence: string) => because(ownAnswer(504, 'Gateway Time-out'), sentence),
  badRequest: () => ownAnswer(400, 'Bad Request'),
  methodNotAllowed: () => ownAnswer(405, 'Not Allowed'),
  uriTooLong: () => ownAnswer(414, 'Request-URI Too Large'),
  /** The protocol of the request does not suit the protocol version of the target group. */
  incompatibleProtocol: () => ownAnswer(464, 'Incompatible Protocol Version'),
  notBuilt: (what: string) => ownAnswer(501, 'Not Implemented', `${what} is not built in Hakoniwa yet.\r\n`),
} as const;
