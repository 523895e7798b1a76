import { expect, it } from 'vitest';
import { EventParser } from '../../src/event_stream';

it('reads server-sent events whatever pieces they come in', () => {
  const stream = ': hello\n\nevent: job\ndata: {"a":1}\n\ndata: one\r\ndata:two\r\n\r\nevent: job\nid: 7\ndata: last: one\n\ndata: unfinished';
  const wanted = [
    { event: 'job', data: '{"a":1}' },
    { event: 'message', data: 'one\ntwo' },
    { event: 'job', data: 'last: one' },
  ];
  for (let length = 1; length <= stream.length; length++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < stream.length; at += length) events.push(...parser.add(stream.slice(at, at + length)));
    expect(events).toEqual(wanted);
  }
});
