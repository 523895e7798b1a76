// Server-sent events, cut out of text that arrives in any pieces (WHATWG HTML, 9.2.6).

export class EventParser {
  private rest = '';
  private event = '';
  private data: string[] = [];

  add(text: string): { event: string; data: string }[] {
    const complete: { event: string; data: string }[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop()!;
    for (const line of lines) {
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line)!;
      if (line === '') {
        if (this.data.length > 0) complete.push({ event: this.event || 'message', data: this.data.join('\n') });
        this.event = '';
        this.data = [];
      } else if (field === 'event') {
        this.event = value!;
      } else if (field === 'data') {
        this.data.push(value!);
      }
    }
    return complete;
  }
}
