// MJML as people write it, to and from MJML as the canvas understands it: it knows no head with defaults, and no Liquid
// between its parts. The head is kept aside whole; Liquid where only parts may stand waits in a raw part of its own.
const LIQUID = /{%[\s\S]*?%}|{{[\s\S]*?}}/y;
const HOLDS_TEXT = /^<(mj-text|mj-button|mj-raw|mj-table|mj-navbar-link|mj-social-element|mj-accordion-title|mj-accordion-text)\b[^>]*?(\/?)>/;
const MARK = 'css-class="liquid-here"';
const VOID = /<(mj-(?:image|divider|spacer|column|section|class|all|font|include|carousel-image))\b((?:"[^"]*"|'[^']*'|[^"'>])*?)\s*\/>/g;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const plain = (text) => { const area = document.createElement("textarea"); area.innerHTML = text; return area.value; };

// A picture not chosen yet is drawn, and has no address.
const drawn = (mjml, placeholder) => mjml.replace(/<mj-image\b(?![^>]*\ssrc="[^"])/g, `<mj-image src="${placeholder}"`).replace(/(<mj-image src="[^"]*"[^>]*?)\ssrc=""/g, "$1");
const undrawn = (mjml, placeholder) => mjml.replaceAll(`src="${placeholder}"`, 'src=""');

export const parted = (source, placeholder) => {
  const head = source.match(/<mj-head\b[\s\S]*?<\/mj-head>/)?.[0] || "";
  const rest = drawn((head ? source.replace(head, "") : source).replace(VOID, "<$1$2></$1>"), placeholder);
  let made = "", at = 0;
  const start = rest.search(/<mj-body\b/);
  if (start < 0) return { head, canvas: rest };
  at = rest.indexOf(">", start) + 1;
  made = rest.slice(0, at);
  while (at < rest.length) {
    const text = rest.slice(at).match(HOLDS_TEXT);
    if (text) {
      const end = text[2] ? at + text[0].length : rest.indexOf(`</${text[1]}>`, at) + text[1].length + 3;
      made += rest.slice(at, end);
      at = end;
      continue;
    }
    LIQUID.lastIndex = at;
    const liquid = LIQUID.exec(rest);
    if (liquid) {
      made += `<mj-raw ${MARK}>${escaped(liquid[0])}</mj-raw>`;
      at = LIQUID.lastIndex;
    } else if (rest[at] === "<") {
      const tag = rest.slice(at).match(/^<(?:"[^"]*"|'[^']*'|[^"'>])*>/)?.[0] || "<";
      made += tag;
      at += tag.length;
    } else made += rest[at++];
  }
  return { head, canvas: made };
};

export const joined = (canvas, head, placeholder) => undrawn(canvas, placeholder)
  .replace(/<mj-raw\b[^>]*css-class="liquid-here"[^>]*>([\s\S]*?)<\/mj-raw>/g, (_, liquid) => plain(liquid))
  .replace(/<mjml\b([^>]*)>/, (start) => (head ? `${start}\n${head}\n` : start));

export const marked = (liquid) => `<mj-raw ${MARK}>${escaped(liquid)}</mj-raw>`;
