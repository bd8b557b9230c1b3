// Writes docs/grafana/dashboards/*.json from the files beside this one; `--check` tells whether they are up to date.
//
//   node docs/grafana/source/write.mjs [--check]
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import fleet from './fleet.mjs';
import host from './host.mjs';
import role from './role.mjs';
import slo from './slo.mjs';

const check = process.argv.includes('--check');
for (const one of [fleet, host, role, slo]) {
  const file = fileURLToPath(new URL(`../dashboards/${one.uid}.json`, import.meta.url));
  const text = JSON.stringify(one, null, 2) + '\n';
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    console.error(`${file} is not what docs/grafana/source makes: node docs/grafana/source/write.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`written: ${file}`);
  }
}
