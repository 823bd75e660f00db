import { expect, it } from '@jest/globals';
import { workspaceFolders } from './workspaces.js';

it.each([
  ['in the data folder', undefined, '/data/workspaces', ['/data/workspaces']],
  ['in a folder of their own where one is named', '/volume', '/volume/own', ['/volume/own', '/data/workspaces']],
  ['also where the data folder is named', '/data', '/data/own', ['/data/own', '/data/workspaces']],
  [
    'also where the usual one is named, which stays',
    '/data/workspaces',
    '/data/workspaces/own',
    ['/data/workspaces/own'],
  ],
  [
    'also where one in it is named',
    '/data/workspaces/volume',
    '/data/workspaces/volume/own',
    ['/data/workspaces/volume/own'],
  ],
  [
    'also where one has a longer name',
    '/data/workspaces2',
    '/data/workspaces2/own',
    ['/data/workspaces2/own', '/data/workspaces'],
  ],
])('workspaces are %s', (_, named, workspaces, removed) => {
  expect(workspaceFolders('/data', named, 'own')).toEqual({ workspaces, removed });
});
