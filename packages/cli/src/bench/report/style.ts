/** The whole of the page's CSS. It loads nothing. */
export const style: string = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --edge: #e2e6ec; --ink: #1a2330; --quiet: #5d6b7e; --track: #eef1f5;
  --ours: #1f6feb; --other: #8b98a9; --limit: #c4ccd7; --good: #1a7f4b; --bad: #b5472b; --mark: #1a2330;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e131a; --card: #161d27; --edge: #273140; --ink: #e6ebf2; --quiet: #94a2b5; --track: #202a37;
    --ours: #4d94ff; --other: #748296; --limit: #455164; --good: #4cc38a; --bad: #f08a6b; --mark: #e6ebf2;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.02em; }
h2 { font-size: 21px; margin: 0; letter-spacing: -0.01em; }
h3 { font-size: 15px; margin: 0; }
p { margin: 0; }
small, .quiet { color: var(--quiet); font-size: 12.5px; }
header > p { color: var(--quiet); max-width: 75ch; }
nav { display: flex; flex-wrap: wrap; gap: 8px; margin: 18px 0 0; }
nav a { color: var(--ink); text-decoration: none; border: 1px solid var(--edge); background: var(--card); border-radius: 999px; padding: 4px 14px; font-size: 14px; }
nav a:hover { border-color: var(--ours); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); grid-auto-flow: dense; gap: 12px; margin: 20px 0 0; padding: 0; }
.tiles div { background: var(--card); border: 1px solid var(--edge); border-radius: 12px; padding: 12px 16px; min-width: 0; }
.tiles dt { color: var(--quiet); font-size: 12.5px; }
.tiles dd { margin: 2px 0 0; font-size: 14px; font-weight: 600; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
header > .warning { max-width: none; margin: 14px 0 0; padding: 10px 16px; border-radius: 12px; border: 1px solid var(--bad); color: var(--ink); background: color-mix(in srgb, var(--bad) 9%, var(--card)); font-size: 14px; }
section { margin: 44px 0 0; scroll-margin-top: 16px; }
section > p { color: var(--quiet); max-width: 85ch; margin-top: 4px; }
section > p.quiet { margin-top: 6px; }
.charts { columns: 2 400px; column-gap: 16px; margin-top: 16px; }
.chart { break-inside: avoid; background: var(--card); border: 1px solid var(--edge); border-radius: 14px; padding: 16px 18px 14px; margin: 0 0 16px; }
figcaption { display: flex; justify-content: space-between; align-items: baseline; gap: 4px 12px; flex-wrap: wrap; }
figcaption p { color: var(--quiet); font-size: 12.5px; }
ol, ul { list-style: none; margin: 12px 0 0; padding: 0; }
.chart li { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 12px; align-items: baseline; padding: 4px 0; }
.name { overflow-wrap: anywhere; font-size: 14px; }
.ours .name { font-weight: 600; }
.name small { font-weight: 400; margin-left: 4px; }
.other .name, .limit .name { color: var(--quiet); }
.value { font-variant-numeric: tabular-nums; white-space: nowrap; font-size: 14px; text-align: right; }
.bar { grid-column: 1 / -1; width: 100%; display: block; overflow: visible; margin-top: 2px; }
.aside { grid-column: 1 / -1; }
.track { fill: var(--track); }
.ours .fill { fill: var(--ours); } .other .fill { fill: var(--other); } .limit .fill { fill: var(--limit); }
.spread { stroke: var(--mark); stroke-width: 1.25; opacity: 0.75; }
.one { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 2; }
.goal { stroke: var(--mark); stroke-width: 2; }
.reference { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 3 2; }
.met { color: var(--good); } .missed { color: var(--bad); }
.keys { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 18px 0 0; font-size: 13px; color: var(--quiet); }
.keys span { display: inline-flex; align-items: center; gap: 6px; }
.keys svg { flex: none; }
details { margin: 4px 0 0; }
summary { cursor: pointer; color: var(--quiet); font-size: 14px; }
.trends li { display: grid; grid-template-columns: minmax(0, 1fr) 120px 64px; gap: 12px; align-items: center; padding: 3px 0; border-top: 1px solid var(--edge); }
.trend polyline { fill: none; stroke: var(--ours); stroke-width: 1.5; }
.trend circle { fill: var(--ours); }
footer { color: var(--quiet); font-size: 13px; padding-top: 40px; padding-bottom: 48px; }
@media (max-width: 560px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  h1 { font-size: 23px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  .tiles div { padding: 10px 12px; }
  .tiles .wide { grid-column: 1 / -1; }
  .chart { padding: 14px; }
  .trends li { grid-template-columns: minmax(0, 1fr) 64px; }
  .trend { grid-column: 1 / -1; grid-row: 2; }
}
@media print { body { background: #fff; } .chart { border-color: #ccc; } }
`;
