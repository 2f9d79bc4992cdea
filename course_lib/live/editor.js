// The editor of a task: CodeMirror, bundled when the book is built. `plain.js` has the same functions.
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, redo, undo } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// Tab indents. After Escape it moves the focus on, as the hint below each editor says.
let leaving = false;
const indent = (command) => (view) => (leaving ? false : command(view));

export function create(place, { text, label, describedBy, readOnly, changed, run }) {
  const extensions = [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    indentOnInput(),
    bracketMatching(),
    indentUnit.of("    "),
    new LanguageSupport(pythonLanguage),
    syntaxHighlighting(classHighlighter),
    EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "aria-describedby": describedBy ?? "" }),
    EditorState.readOnly.of(Boolean(readOnly)),
    Prec.highest(
      keymap.of([
        { key: "Mod-Enter", run: () => (run?.(), true) },
        { key: "Escape", run: () => ((leaving = true), false) },
        { key: "Tab", run: indent(indentMore) },
        { key: "Shift-Tab", run: indent(indentLess) },
      ]),
    ),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    EditorView.domEventHandlers({
      keydown: (event) => {
        if (!["Tab", "Escape", "Shift"].includes(event.key)) leaving = false;
      },
      blur: () => void (leaving = false),
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed?.();
    }),
  ];
  const view = new EditorView({ parent: place, state: EditorState.create({ doc: text, extensions }) });
  return {
    get: () => view.state.doc.toString(),
    // As typed: one step of the history, which undo takes back.
    set: (source) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: source } }),
    focus: () => view.focus(),
    undo: () => undo(view),
    redo: () => redo(view),
  };
}
