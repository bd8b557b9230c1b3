// Puts rows of panels into a dashboard: places, ids, variables, annotations and links between the dashboards.

import {datasource} from './panels.mjs';

// Every variable lists what the fleet's own series name, so that a role that is gone can still be chosen while the time
// range holds its samples.
const variable = (name, label, metric, selector, more) => {
  const expr = `label_values(${metric}${selector}, ${name})`;
  return {
    type: 'query',
    name,
    label,
    datasource,
    definition: expr,
    query: {query: expr, refId: `variable-${name}`, qryType: 1},
    refresh: 2,
    sort: 1,
    regex: '',
    hide: 0,
    skipUrlSync: false,
    options: [],
    multi: false,
    includeAll: false,
    ...more,
  };
};
const all = {multi: true, includeAll: true, allValue: '.*', current: {text: ['All'], value: ['$__all']}};

export const variables = {
  datasource: {
    type: 'datasource',
    name: 'datasource',
    label: 'Prometheus',
    query: 'prometheus',
    refresh: 1,
    regex: '',
    hide: 0,
    skipUrlSync: false,
    options: [],
    multi: false,
    includeAll: false,
  },
  host: variable('host', 'Host', 'rolecall_build_info', '', {}),
  role: variable('role', 'Role', 'rolecall_role_tier_info', '{host="$host"}', {}),
  roles: variable('role', 'Role', 'rolecall_role_tier_info', '{host="$host"}', all),
  instances: variable('instance', 'Instance', 'rolecall_instance_state', '{host="$host",role="$role"}', all),
};

/** Marks on every panel of a dashboard. Grafana 12 reads `target`, earlier ones `expr` and `step`. */
export const annotation = (name, color, expr, title, text, more = {}) => ({
  name,
  iconColor: color,
  enable: true,
  hide: false,
  datasource,
  expr,
  step: '15s',
  target: {expr, interval: '15s', refId: 'Anno'},
  titleFormat: title,
  textFormat: text,
  tagKeys: 'role',
  useValueForTime: false,
  ...more,
});

const builtIn = {
  builtIn: 1,
  name: 'Annotations & Alerts',
  type: 'dashboard',
  enable: true,
  hide: true,
  iconColor: 'rgba(0, 211, 255, 1)',
  datasource: {type: 'grafana', uid: '-- Grafana --'},
};

/** Panels in rows of 24 columns, each as wide as it says; a new line where one does not fit. */
function placed(rows) {
  const panels = [];
  let y = 0;
  rows.forEach(({title, panels: members}, row) => {
    const base = (row + 1) * 100;
    panels.push({type: 'row', id: base, title, collapsed: false, gridPos: {x: 0, y, w: 24, h: 1}, panels: []});
    y += 1;
    let x = 0,
      tallest = 0;
    members.forEach((member, column) => {
      const {w, h} = member.gridPos;
      if (x + w > 24) {
        y += tallest;
        x = tallest = 0;
      }
      panels.push({id: base + column + 1, ...member, gridPos: {x, y, w, h}});
      x += w;
      tallest = Math.max(tallest, h);
    });
    y += tallest;
  });
  return panels;
}

export const row = (title, ...panels) => ({title, panels});

/** `list`: variables; `annotations`; `rows`. */
export const dashboard = ({
  uid,
  title,
  description,
  list,
  annotations = [],
  rows,
  from = 'now-3h',
  refresh = '15s',
}) => ({
  uid,
  title,
  description,
  tags: ['rolecall'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  graphTooltip: 1,
  timezone: 'browser',
  refresh,
  time: {from, to: 'now'},
  fiscalYearStartMonth: 0,
  links: [
    {
      type: 'dashboards',
      title: 'Rolecall',
      tags: ['rolecall'],
      icon: 'external link',
      tooltip: '',
      asDropdown: false,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      url: '',
    },
  ],
  templating: {list},
  annotations: {list: [builtIn, ...annotations]},
  panels: placed(rows),
});
