// The visual editor's page, the library's editor on it, and the words its panels say.
import { joined, parted } from "./source.js";

export const byId = (id) => document.getElementById(id);
export const form = byId("design");
export const say = (key) => words[key] || key;
export const original = byId("design-mjml").value;

const words = JSON.parse(form.dataset.words);
const { head, canvas } = parted(original, form.dataset.placeholder);
const quoted = (value) => value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
const plugin = window["grapesjs-mjml"].default || window["grapesjs-mjml"];
const QUIET = { telemetry: false, cssIcons: "", storageManager: false, noticeOnUnload: false };
const MJML = { blocks: [], resetBlocks: true, useCustomTheme: false, imagePlaceholderSrc: form.dataset.placeholder, overwriteExport: false };

// Conditions and HTML are drawn as they are written: MJML makes nothing of them that could be drawn.
const RAW = { getTemplateFromMjml: () => '<div style="padding:4px 25px;font:12px/1.5 monospace;color:#5b6472;background:#eef1f5"></div>' };

// A second editor that draws nothing translates MJML for the first, with the defaults of the message's head.
const translator = window.grapesjs.init({ ...QUIET, headless: true, plugins: [(made) => plugin(made, MJML)] });
// The line that inboxes show beside the subject is no part of the drawing.
const defaults = head.replace(/<mj-(preview|title|raw)\b[\s\S]*?<\/mj-\1>/g, "");
const translate = (mjml, options) => translator.runCommand("mjml-code-to-html", { ...options, mjml: mjml.replace("<mjml>", `<mjml>${defaults}`) });

// Nothing of the library's own panels is shown: what stands around the canvas is ours, for the keyboard and in every
// language.
export const editor = window.grapesjs.init({
  ...QUIET,
  container: "#design-canvas", height: "100%", width: "auto", showOffsets: false, showDevices: false,
  panels: { defaults: [] },
  blockManager: { custom: true }, layerManager: { custom: true }, styleManager: { custom: true },
  traitManager: { custom: true }, selectorManager: { custom: true },
  assetManager: { custom: { open: ({ close }) => { document.dispatchEvent(new CustomEvent("choose-picture")); close(); }, close: () => {} } },
  plugins: [(made) => {
    plugin(made, { ...MJML, mjmlParser: translate });
    made.Panels.getPanels().reset();
    // What the head says is not said again by each part; and no value of an attribute ends it early.
    for (const { id, isComponent } of [...made.Components.getTypes()]) {
      if (!id.startsWith("mj-")) continue;
      const own = made.Components.getType(id).model.prototype.getAttrToHTML;
      made.Components.addType(id, { isComponent, model: {
        defaults: { "style-default": {} },
        getAttrToHTML() {
          const said = Object.entries(own.call(this)).filter(([name]) => name !== "style" && name !== "id");
          return Object.fromEntries(said.map(([name, value]) => [name, typeof value === "string" ? quoted(value) : value]));
        },
      }, ...(id === "mj-raw" ? { view: RAW } : {}) });
    }
  }],
  components: canvas,
});

export const tagOf = (component) => component?.get("tagName") || component?.get("type") || "";
export const mjml = () => joined(editor.runCommand("mjml-code"), head, form.dataset.placeholder);
export const first = (component, tag) => {
  for (const child of component.components().models) {
    const found = tagOf(child) === tag ? child : first(child, tag);
    if (found) return found;
  }
  return null;
};
export const body = () => first(editor.getWrapper(), "mj-body");
