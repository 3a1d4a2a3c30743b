/** How a QR code is shown: drawn with half blocks, as its text, or as the address of a picture. */
export const QR_FORMS = ["terminal", "raw", "dataurl"] as const;
export type QrForm = (typeof QR_FORMS)[number];
