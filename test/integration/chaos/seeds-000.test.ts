import { chaosOfSeeds } from "./chaos-of-seeds.ts";

chaosOfSeeds(0);
