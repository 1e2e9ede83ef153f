import type { Plugin } from 'esbuild';
import { bundleContents } from './bundle-contents.ts';
import { kafkaRequests } from './kafka-requests.ts';
import { lazyChunks } from './lazy-chunks.ts';

/** The plugins for every bundle that is deployed. */
export const esbuildPlugins: Plugin[] = [lazyChunks, kafkaRequests, bundleContents];
