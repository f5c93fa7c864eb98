// The drawings and their words as one JSON on standard output: what the theatre needs to draw a noun, in the form that it draws everything in.
//
// drawings: name -> [x0, y0, x1, y1, parts], parts = [colour, alpha, even-odd, commands, points]: a tight box and outlines in hundredths of the
//   drawing's grid of 32, y down; commands are M L C Z, outlines run the same way round, so that parts of a silhouette add up.
// words: language -> word (small letters) -> [drawing, is it the drawing's own name?].

import { readFileSync, readdirSync, statSync } from "node:fs";
import svgpath from "svgpath";

const root = new URL("./node_modules/", import.meta.url);
const json = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8"));
const icons = json("@iconify-json/fluent-emoji-flat/icons.json").icons;
const { categories } = json("@iconify-json/fluent-emoji-flat/metadata.json");
const chars = json("@iconify-json/fluent-emoji-flat/chars.json");

// Things and creatures. People the theatre draws itself; faces, flags, arrows and buttons are no cast.
const MORE = `alien alien-monster bomb clown-face collision ghost goblin ogre hole love-letter pile-of-poo robot skull skull-and-crossbones red-heart
  anatomical-heart bone brain ear eye eyes foot footprints leg lungs mouth nose tooth tongue mechanical-arm mechanical-leg
  woman-merpeople man-merpeople person-fairy person-genie person-zombie person-vampire santa-claus troll baby-angel baby nail-polish selfie
  recycling-symbol dizzy warning speech-balloon thought-balloon`.split(/\s+/);
const NOT = `1st-place-medal 2nd-place-medal 3rd-place-medal heart-suit club-suit diamond-suit spade-suit bell-with-slash muted-speaker hamsa japanese-dolls
  link linked-paperclips map-of-japan globe-with-meridians no-one-under-eighteen mobile-phone-with-arrow envelope-with-arrow locked-with-pen locked-with-key
  level-slider control-knobs love-hotel wind-face sun-with-face new-moon-face full-moon-face first-quarter-moon-face last-quarter-moon-face first-quarter-moon
  last-quarter-moon waning-crescent-moon waning-gibbous-moon waxing-crescent-moon waxing-gibbous-moon new-moon umbrella-with-rain-drops building-construction
  chart-increasing-with-yen low-battery drop-of-blood bookmark-tabs`.split(/\s+/);
const GROUPS = ["Activities", "Animals & Nature", "Food & Drink", "Objects", "Travel & Places"];
const names = [...new Set([...GROUPS.flatMap((group) => categories[group]), ...MORE])].filter(
  (name) => icons[name] && !NOT.includes(name) && !/-(dark|light|medium|medium-dark|medium-light)$/.test(name) && !/-(oclock|thirty)$/.test(name),
);

function attributes(text) {
  return Object.fromEntries([...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map((found) => [found[1], found[2]]));
}

// One path for every element that draws.
function outline(tag, a) {
  const n = (key, other = 0) => (a[key] === undefined ? other : Number(a[key]));
  if (tag === "path") return a.d;
  if (tag === "rect") {
    const r = Math.min(n("rx", n("ry")), n("width") / 2, n("height") / 2);
    const [x, y, w, h] = [n("x"), n("y"), n("width"), n("height")];
    return r
      ? `M${x + r} ${y}H${x + w - r}A${r} ${r} 0 0 1 ${x + w} ${y + r}V${y + h - r}A${r} ${r} 0 0 1 ${x + w - r} ${y + h}H${x + r}A${r} ${r} 0 0 1 ${x} ${y + h - r}V${y + r}A${r} ${r} 0 0 1 ${x + r} ${y}Z`
      : `M${x} ${y}H${x + w}V${y + h}H${x}Z`;
  }
  const [cx, cy, rx, ry] = [n("cx"), n("cy"), n("rx", n("r")), n("ry", n("r"))];
  return `M${cx - rx} ${cy}A${rx} ${ry} 0 1 0 ${cx + rx} ${cy}A${rx} ${ry} 0 1 0 ${cx - rx} ${cy}Z`;
}

// Moves, lines and cubic curves in absolute numbers, each ring the same way round as the whole.
function rings(d, transforms) {
  let path = svgpath(d);
  for (const transform of transforms) path = path.transform(transform);
  const found = [];
  path.abs().unshort().unarc().iterate((segment, _, x, y) => {
    const [command, ...p] = segment;
    const ring = found.at(-1);
    if (command === "M") found.push({ start: p, parts: [] });
    else if (command === "L") ring.parts.push(p);
    else if (command === "H") ring.parts.push([p[0], y]);
    else if (command === "V") ring.parts.push([x, p[0]]);
    else if (command === "C") ring.parts.push(p);
    else if (command === "Q") ring.parts.push([x + (2 * (p[0] - x)) / 3, y + (2 * (p[1] - y)) / 3, p[2] + (2 * (p[0] - p[2])) / 3, p[3] + (2 * (p[1] - p[3])) / 3, p[2], p[3]]);
    else if (command === "Z" && ring) found.push({ start: ring.start, parts: [], loose: true });
  });
  return found.filter((ring) => ring.parts.length);
}

const area = (ring) => {
  const points = [ring.start, ...ring.parts.map((part) => part.slice(-2))];
  return points.reduce((sum, [x, y], i) => sum + points.at(i - 1)[0] * y - x * points.at(i - 1)[1], 0) / 2;
};

function turned(ring) {
  const points = [ring.start, ...ring.parts.map((part) => part.slice(-2))];
  const parts = ring.parts.map((part, i) => (part.length === 2 ? points[i] : [part[2], part[3], part[0], part[1], ...points[i]]));
  return { start: points.at(-1), parts: parts.reverse() };
}

function drawing(body) {
  const parts = [];
  const ids = {};
  const stops = {};
  for (const found of body.matchAll(/<(path|rect|circle|ellipse)([^>]*?)\/?>/g)) {
    const a = attributes(found[2]);
    if (a.id) ids[a.id] = [found[1], a];
  }
  for (const found of body.matchAll(/<(linear|radial)Gradient([^>]*)>([\s\S]*?)<\/\1Gradient>/g)) {
    const colours = [...found[3].matchAll(/stop-color="([^"]*)"/g)].map((one) => one[1]);
    stops[attributes(found[2]).id] = colours[colours.length >> 1] ?? "#888888";
  }
  const stack = [];
  let hidden = 0;
  for (const found of body.matchAll(/<(\/?)(\w+)([^>]*?)(\/?)>/g)) {
    const [, closes, tag, text, empty] = found;
    if (["defs", "clipPath", "filter", "mask", "linearGradient", "radialGradient"].includes(tag)) {
      if (!empty) hidden += closes ? -1 : 1;
      continue;
    }
    if (hidden && tag !== "g") continue;
    const a = attributes(text);
    if (tag === "g") {
      if (closes) stack.pop();
      else if (!empty) stack.push(a);
      continue;
    }
    if (hidden) continue;
    let [kind, own] = [tag, a];
    if (tag === "use") {
      const meant = ids[(a.href ?? a["xlink:href"] ?? "").slice(1)];
      if (!meant) continue;
      [kind, own] = [meant[0], { ...meant[1], ...a }];
    }
    if (!["path", "rect", "circle", "ellipse"].includes(kind)) continue;
    const inherited = (key) => own[key] ?? [...stack].reverse().find((group) => group[key] !== undefined)?.[key];
    let colour = inherited("fill") ?? "#000000";
    const gradient = /url\(#([^)]*)\)/.exec(colour);
    if (gradient) colour = stops[gradient[1]] ?? "#888888";
    if (colour === "none" || !colour.startsWith("#")) {
      if (colour === "none") continue;
      colour = { white: "#ffffff", black: "#000000" }[colour] ?? "#888888";
    }
    if (colour.length === 4) colour = "#" + [...colour.slice(1)].map((one) => one + one).join("");
    const alpha = [own.opacity, own["fill-opacity"], ...stack.map((group) => group.opacity)].reduce((product, one) => product * (one === undefined ? 1 : Number(one)), 1);
    const transforms = [own.transform, ...[...stack].reverse().map((group) => group.transform)].filter(Boolean);
    let outlines = rings(outline(kind, own), transforms);
    if (!outlines.length) continue;
    if (outlines.reduce((sum, ring) => sum + area(ring), 0) < 0) outlines = outlines.map(turned);
    const rule = inherited("fill-rule") === "evenodd" ? 1 : 0;
    let commands = "";
    const points = [];
    for (const ring of outlines) {
      commands += "M" + ring.parts.map((part) => (part.length === 2 ? "L" : "C")).join("") + "Z";
      points.push(...ring.start, ...ring.parts.flat());
    }
    parts.push([colour.slice(1), Math.round(alpha * 100) / 100, rule, commands, points.map((value) => Math.round(value * 100))]);
  }
  const all = parts.flatMap((part) => part[4]);
  const xs = all.filter((_, i) => i % 2 === 0);
  const ys = all.filter((_, i) => i % 2 === 1);
  return parts.length ? [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), parts] : null;
}

const drawings = {};
for (const name of names) {
  const drawn = drawing(icons[name].body);
  if (drawn) drawings[name] = drawn;
}

// Words

const codes = {};
for (const [code, name] of Object.entries(chars)) codes[code.replaceAll("-fe0f", "")] ??= name;
const drawn = (character) => {
  const code = [...character].map((one) => one.codePointAt(0).toString(16).padStart(4, "0")).filter((one) => one !== "fe0f").join("-");
  return drawings[codes[code]] ? codes[code] : undefined;
};
const order = new Map(names.map((name, i) => [name, i]));
// A whole animal before its face, a plain thing before its kinds.
const rank = (name) => (name.endsWith("-face") || name.startsWith("oncoming-") ? 2000 : 0) + 20 * name.split("-").length + order.get(name) / 1000;
const words = {};
const folder = new URL("cldr-annotations-full/annotations/", root);
const folders = readdirSync(folder).filter((one) => statSync(new URL(one, folder)).isDirectory()).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
for (const locale of folders) {
  const language = locale === "zh-Hant" ? "zh" : locale.split("-")[0];
  if (["und"].includes(language) || (locale !== language && !["zh-Hant", "zh-Hant-HK", "pt-PT", "en-GB", "es-419", "es-MX", "fr-CA", "yue-Hans", "sr-Latn"].includes(locale))) continue;
  const { annotations } = json(`cldr-annotations-full/annotations/${locale}/annotations.json`).annotations;
  const named = new Map();
  const told = new Map();
  for (const [character, { default: keywords = [], tts = [] }] of Object.entries(annotations ?? {})) {
    const name = drawn(character);
    if (!name) continue;
    const add = (map, word) => {
      const key = word.normalize("NFC").toLowerCase().trim();
      if (key && !/^[\d\s.:-]+$/.test(key)) map.set(key, [...(map.get(key) ?? []), name]);
    };
    for (const word of tts) add(named, word);
    for (const word of keywords) add(told, word);
  }
  const own = (words[language] ??= {});
  const better = (one, other) => (rank(one) < rank(other) ? one : other);
  for (const [word, found] of named) if (!own[word]?.[1]) own[word] = [found.reduce(better), 1];
  // Keywords tell what a drawing reminds of ("sad" of a drop): one counts where it begins or ends the name ("Katze" of "Katzengesicht") and tells one drawing;
  // English has a table of its own in the package.
  const called = new Map();
  for (const [word, found] of named) for (const name of found) called.set(name, [...(called.get(name) ?? []), word]);
  for (const [word, found] of told) {
    const all = [...new Set(found)];
    if (language === "en" || own[word] || all.length > 6 || (word.length < 3 && /^[\p{Script=Latin}\p{Script=Cyrillic}]/u.test(word))) continue;
    const fitting = all.filter((name) => (called.get(name) ?? []).some((full) => full.startsWith(word) || full.endsWith(word)));
    const plain = all.filter((name) => fitting.some((full) => full === name || full.split("-").includes(name)));
    if (fitting.length && fitting.length <= 3) own[word] = [plain.reduce(better), 0];
  }
}
for (const language of Object.keys(words)) if (Object.keys(words[language]).length < 100) delete words[language];

process.stdout.write(JSON.stringify({ drawings, words }));
