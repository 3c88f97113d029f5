import type { IncomingMessage } from 'node:http';
import type { Request, Response } from './api.ts';

/** The request and the headers of the response, as they went over the wire. */
export function createResponse(url: string, asked: IncomingMessage, answer: IncomingMessage): Response {
  const request: Request = {
    allHeaders: async () => joined(asked.headersDistinct),
    method: () => asked.method ?? '',
    url: () => url,
  };
  const valuesOf = (name: string): string[] => answer.headersDistinct[name.toLowerCase()] ?? [];
  return {
    headers: () => joined(answer.headersDistinct),
    headerValue: async (name) => (valuesOf(name).length === 0 ? null : valuesOf(name).join(', ')),
    headerValues: async (name) => valuesOf(name),
    request: () => request,
    status: () => answer.statusCode ?? 0,
    url: () => url,
  };
}

function joined(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values = []]) => [name, values.join(', ')]));
}
