import { useState } from 'preact/hooks';
import { messageOf, readOnly } from './store.ts';

interface ActionButtonProps {
  readonly title: string;
  readonly run: () => Promise<unknown>;
  /** Said when it is done. */
  readonly done?: string;
  readonly isMain?: boolean;
  /** Asked first. */
  readonly question?: string;
}

/** A button for something that changes the run; it says when that fails, and is off where the console only reads. */
export function ActionButton({ title, run, done = 'Done', isMain = false, question }: ActionButtonProps) {
  const [said, setSaid] = useState('');
  const [isAsking, setAsking] = useState(false);
  const act = async (): Promise<void> => {
    setAsking(false);
    setSaid('');
    try {
      await run();
      setSaid(done);
    } catch (error) {
      setSaid(messageOf(error));
    }
  };
  return (
    <span class="action">
      <button
        type="button"
        class={isMain ? 'main' : undefined}
        disabled={readOnly.value}
        onClick={() => (question === undefined || isAsking ? act() : setAsking(true))}
      >
        {isAsking ? question : title}
      </button>
      {isAsking && (
        <button type="button" class="quiet plain" onClick={() => setAsking(false)}>
          No
        </button>
      )}
      <span role="status" class="muted wrap">
        {said}
      </span>
    </span>
  );
}
