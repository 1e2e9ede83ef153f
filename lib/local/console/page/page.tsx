import './page.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './store.ts';
import { applyTheme } from './theme.ts';

applyTheme();
start();
const place = document.getElementById('page');
if (place !== null) render(<App />, place);
