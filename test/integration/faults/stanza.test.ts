import { describeFaults } from "./matrix.ts";
import { stanzaCases } from "./stanza.cases.ts";

describeFaults("stanza", stanzaCases);
