import { type Fault, defineFault } from "../fault.ts";
import { type CertificateFlaw, CERTIFICATE_FLAWS } from "../../tls/identity.ts";
import { choice } from "../setting.ts";

interface TlsCertificateSettings {
  /** Signed by nobody the client trusts, of another host, or of a time that is over. */
  readonly flaw: CertificateFlaw;
}

export const tlsCertificate: Fault<"tls-certificate", TlsCertificateSettings> = defineFault<
  "tls-certificate",
  "secure",
  TlsCertificateSettings
>({
  name: "tls-certificate",
  place: "secure",
  summary: "the server's TLS certificate is not one to trust",
  settings: {
    flaw: choice({
      doc: "signed by nobody the client trusts, of another host, or of a time that is over",
      of: CERTIFICATE_FLAWS,
      fallback: "self-signed",
    }),
  },
  arm: ({ flaw }, { context }) => ({ act: (_subject, pass) => pass(context.tls.flawed(flaw)) }),
});
