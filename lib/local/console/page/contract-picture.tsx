import type { ServiceView } from '../wire.ts';

const ROW = 56;
const BOX = { width: 170, height: 34 };
const COLUMNS = [8, 265, 522];
const WIDTH = 700;

interface Box {
  readonly name: string;
  readonly column: number;
  readonly row: number;
  readonly kind: 'sender' | 'topic' | 'receiver';
}

/** Senders, topics and receivers from left to right; the list below it says the same. */
export function ContractPicture({ service }: { service: ServiceView }) {
  const typesBy = new Map<string, string[]>();
  for (const { topic, type } of service.eventTypes) typesBy.set(topic, [...(typesBy.get(topic) ?? []), type]);
  const topics = [...new Set([...typesBy.keys(), ...service.mappings.map(({ topic }) => topic)])];
  const senders = service.publishers.length > 0 ? service.publishers : ['publish'];
  const receivers = service.mappings.map(({ functionName }) => functionName);
  const rows = Math.max(senders.length, topics.length, receivers.length, 1);
  const place = (names: readonly string[], column: number, kind: Box['kind']): Box[] =>
    names.map((name, index) => ({ name, column, kind, row: ((index + 0.5) * rows) / names.length - 0.5 }));
  const senderBoxes = place(senders, 0, 'sender');
  const topicBoxes = place(topics, 1, 'topic');
  const receiverBoxes = place(receivers, 2, 'receiver');
  const lines = [
    ...senderBoxes.flatMap((from) =>
      topicBoxes.filter(({ name }) => typesBy.has(name)).map((to) => [from, to] as const),
    ),
    ...service.mappings.flatMap(({ topic }, index) => {
      const from = topicBoxes.find(({ name }) => name === topic);
      const to = receiverBoxes[index];
      return from && to ? [[from, to] as const] : [];
    }),
  ];
  return (
    <>
      <svg
        class="picture"
        viewBox={`0 0 ${WIDTH} ${rows * ROW + 8}`}
        role="img"
        aria-label="Senders at the left, topics in the middle, receivers at the right; the list below says the same"
      >
        {lines.map(([from, to]) => (
          <path key={`${from.name} ${to.name} ${to.kind}`} class="picture-line" d={curve(from, to)} />
        ))}
        {[...senderBoxes, ...topicBoxes, ...receiverBoxes].map((box, index) => (
          <g key={index} class={box.kind}>
            <rect
              x={COLUMNS[box.column] ?? 0}
              y={top(box)}
              width={BOX.width}
              height={BOX.height}
              rx={box.kind === 'topic' ? 17 : 7}
            />
            <text
              x={(COLUMNS[box.column] ?? 0) + BOX.width / 2}
              y={top(box) + BOX.height / 2 + 4.5}
              text-anchor="middle"
            >
              {box.name.length > 20 ? `${box.name.slice(0, 19)}…` : box.name}
            </text>
          </g>
        ))}
      </svg>
      <ul class="spaced">
        {topics.map((topic) => (
          <li key={topic} class="wrap">
            <b>{topic}</b>{' '}
            <span class="muted">
              {typesBy.get(topic)?.join(', ') ?? 'no event type'}; sent by{' '}
              {typesBy.has(topic) ? senders.join(', ') : 'others'}, received by{' '}
              {service.mappings
                .filter((mapping) => mapping.topic === topic)
                .map(({ functionName }) => functionName)
                .join(', ') || 'no function'}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function top({ row }: Box): number {
  return 4 + row * ROW + (ROW - BOX.height) / 2;
}

function curve(from: Box, to: Box): string {
  const x1 = (COLUMNS[from.column] ?? 0) + BOX.width;
  const x2 = COLUMNS[to.column] ?? 0;
  const y1 = top(from) + BOX.height / 2;
  const y2 = top(to) + BOX.height / 2;
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
