import { type Figure, isMet } from "../figure.ts";
import { escaped } from "./escaped.ts";
import { spreadWords, withUnit } from "./numbers.ts";
import { type Scale, scaleOf } from "./scale.ts";

const percent = (value: number): string => `${value.toFixed(2)}%`;

/** Figures of one group and unit as bars under each other. The text is HTML, so that it keeps its size on a phone. */
export function chart(group: string, figures: readonly Figure[]): string {
  const scale = scaleOf(figures);
  const [first] = figures;
  const better = figures.every((each) => each.better === first?.better)
    ? `${first?.better ?? "more"} is better`
    : "";
  const what = first?.kind === "ratio" ? "ratio" : unitWords(first?.unit ?? "");
  const about = [what, better, scale.logarithmic ? "logarithmic" : ""].filter(
    (word) => word !== "",
  );
  return [
    `<figure class="chart">`,
    `<figcaption><h3>${escaped(group)}</h3><p>${escaped(about.join(" · "))}</p></figcaption>`,
    `<ol>`,
    ...figures.map((figure) => row(figure, scale)),
    `</ol>`,
    `</figure>`,
  ].join("\n");
}

const UNITS: ReadonlyMap<string, string> = new Map([
  ["/s", "per second"],
  ["M/s", "millions per second"],
]);

function unitWords(unit: string): string {
  return UNITS.get(unit) ?? unit;
}

function row(figure: Figure, scale: Scale): string {
  const { name, value, unit, spread, rounds, role, note, goal, better, reference } = figure;
  const met = isMet(figure);
  const aside = [
    ...(reference === undefined ? [] : [`reference ${escaped(withUnit(reference, unit))}`]),
    ...(goal === undefined
      ? []
      : [
          `<span class="${met === true ? "met" : "missed"}">goal ${better === "more" ? "≥" : "≤"} ${escaped(withUnit(goal, unit))} ${met === true ? "met" : "missed"}</span>`,
        ]),
  ];
  const exact = rounds > 1 ? ` <small>${spreadWords(spread)}</small>` : "";
  return [
    `<li class="${role}">`,
    `<span class="name">${escaped(name)}${note === undefined ? "" : ` <small>${escaped(note)}</small>`}</span><span class="value">${escaped(withUnit(value, unit))}${exact}</span>`,
    bar(figure, scale),
    ...(aside.length === 0 ? [] : [`<small class="aside">${aside.join(" · ")}</small>`]),
    `</li>`,
  ].join("");
}

function bar(figure: Figure, scale: Scale): string {
  const { name, value, unit, spread, rounds, goal, reference, kind } = figure;
  const to = scale.at(value);
  const from = Math.min(scale.origin, to);
  const line = (at: number, name_: string): string =>
    `<line class="${name_}" x1="${percent(at)}" x2="${percent(at)}" y1="0" y2="12"/>`;
  const low = scale.at(value * (1 - spread));
  const high = scale.at(value * (1 + spread));
  return [
    `<svg class="bar" height="12" role="img" aria-label="${escaped(`${name}: ${withUnit(value, unit)}`)}">`,
    `<rect class="track" width="100%" height="12" rx="3"/>`,
    `<rect class="fill" x="${percent(from)}" width="${percent(Math.max(0.4, Math.abs(to - scale.origin)))}" height="12" rx="3"/>`,
    ...(rounds > 1 && high - low > 0.3
      ? [
          `<line class="spread" x1="${percent(low)}" x2="${percent(high)}" y1="6" y2="6"/>`,
          ...[low, high].map(
            (at) => `<line class="spread" x1="${percent(at)}" x2="${percent(at)}" y1="3" y2="9"/>`,
          ),
        ]
      : []),
    ...(kind === "ratio" ? [line(scale.at(1), "one")] : []),
    ...(reference === undefined ? [] : [line(scale.at(reference), "reference")]),
    ...(goal === undefined || goal <= 0 ? [] : [line(scale.at(goal), "goal")]),
    `</svg>`,
  ].join("");
}
