// What a run says is about the change and not about luck: laws try the same cases each time, and others for
// MOTTE_SEED=<a whole number>, or MOTTE_SEED=random.
import { configureGlobal } from "fast-check";

const SEED = 20_260_101;

function seedFrom(asked: string): number {
  const seed = Number(asked);
  if (Number.isInteger(seed) && asked.trim() !== "") return seed;
  throw new TypeError(`MOTTE_SEED is a whole number or "random", not "${asked}"`);
}

const { MOTTE_SEED: asked } = process.env;
if (asked !== "random") configureGlobal({ seed: asked === undefined ? SEED : seedFrom(asked) });
