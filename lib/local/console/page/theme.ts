import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const themes: readonly Theme[] = ['system', 'light', 'dark'];
const STORED = 'console-theme';

export const theme = signal<Theme>(themes.find((each) => each === localStorage.getItem(STORED)) ?? 'system');

/** Shows the page in the theme that was chosen. */
export function applyTheme(): void {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
}

/** Takes the next theme, and remembers it. */
export function nextTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'system';
  localStorage.setItem(STORED, theme.value);
  applyTheme();
}
