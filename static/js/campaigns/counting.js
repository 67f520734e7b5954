// How many SMS a text makes: 160 letters of the phones' own alphabet, or 70 where it has others; a little less each
// where it takes several.
import { byId } from "./page.js";

const OWN = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const DOUBLE = "^{}\\[~]|€";

export const parts = (text) => {
  const letters = [...text];
  const wide = letters.some((one) => !OWN.includes(one) && !DOUBLE.includes(one));
  const length = wide ? text.length : letters.reduce((sum, one) => sum + (DOUBLE.includes(one) ? 2 : 1), 0);
  const [single, each] = wide ? [70, 67] : [160, 153];
  return { letters: length, wide, parts: length <= single ? 1 : Math.ceil(length / each) };
};

for (const place of document.querySelectorAll("[data-sms-count]")) {
  const control = byId(place.dataset.smsCount);
  const count = () => {
    const found = parts(control.value);
    const said = (found.parts > 1 ? place.dataset.many : place.dataset.one).replace("[letters]", found.letters).replace("[parts]", found.parts);
    place.textContent = found.wide ? `${said} · ${place.dataset.unicode}` : said;
  };
  control.addEventListener("input", count);
  count();
}
