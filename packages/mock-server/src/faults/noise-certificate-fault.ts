import type { CertificateFlaws } from "../wire/noise/certificate.ts";
import { type Fault, type FaultDefinition, defineFault } from "./fault.ts";

type NoiseFaultDefinition<Name extends string, Settings> = Pick<
  FaultDefinition<Name, "noise", Settings>,
  "name" | "summary" | "settings"
> & {
  readonly flaws: (settings: Settings) => CertificateFlaws;
};

/** A fault in the certificate chain that the server shows in its Noise handshake. */
export function defineNoiseCertificateFault<Name extends string, Settings extends object>({
  flaws,
  ...definition
}: NoiseFaultDefinition<Name, Settings>): Fault<Name, Settings> {
  return defineFault<Name, "noise", Settings>({
    ...definition,
    place: "noise",
    arm: (settings, { context }) => ({
      act: ({ options }, pass) => pass({ options, trust: context.flawedTrust(flaws(settings)) }),
    }),
  });
}
