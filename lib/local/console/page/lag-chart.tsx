const WIDTH = 180;
const HEIGHT = 34;
const SAMPLES = 120;

/** How far a partition was behind, the newest at the right. */
export function LagChart({ history, label }: { history: readonly number[]; label: string }) {
  const highest = Math.max(1, ...history);
  const points = history.map((lag, index) => {
    const x = WIDTH - (history.length - 1 - index) * (WIDTH / (SAMPLES - 1));
    const y = HEIGHT - 2 - (lag / highest) * (HEIGHT - 6);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const [first = `${WIDTH},${HEIGHT}`] = points;
  const area = `${first.split(',')[0]},${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`;
  return (
    <svg
      class="lag"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <polygon points={area} class="lag-area" />
      <polyline points={points.join(' ')} class="lag-line" />
    </svg>
  );
}
