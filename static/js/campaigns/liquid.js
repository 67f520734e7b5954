// A personal value as Liquid says it. Liquid knows no escapes in its texts, and double marks would end an attribute.
export const liquid = (path, otherwise, always) => (always ? `{{ ${path} }}` : `{{ ${path} | default: '${otherwise.replaceAll("'", "’")}' }}`);
