/** What one look at something has shown. */
export interface Finding {
  /** What was looked at, in the order of the steps. */
  readonly step:
    | 'configuration'
    | 'dns'
    | 'port'
    | 'tls'
    | 'credentials'
    | 'topics'
    | 'permissions'
    | 'groups'
    | 'schemas'
    | 'npm start';
  readonly outcome: 'ok' | 'wrong' | 'skipped';
  /** One sentence, without its full stop. */
  readonly says: string;
  /** What to do about it. */
  readonly fix?: string;
}

export function fine(step: Finding['step'], says: string): Finding {
  return { step, outcome: 'ok', says };
}

export function wrong(step: Finding['step'], says: string, fix: string): Finding {
  return { step, outcome: 'wrong', says, fix };
}

/** Something that cannot be looked at because of what was found before. */
export function skipped(step: Finding['step'], says: string): Finding {
  return { step, outcome: 'skipped', says };
}
