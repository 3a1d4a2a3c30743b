import { describeFaults } from "./matrix.ts";
import { mediaCases } from "./media.cases.ts";

describeFaults("media", mediaCases);
