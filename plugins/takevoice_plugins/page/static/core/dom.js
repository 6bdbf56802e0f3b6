// Builds elements. Text is always text: names of files never become markup.

/** Returns an element. Attributes: on… are listeners, `class` is its classes, others are set as they are; children: nodes, text, null. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked" || key === "indeterminate" || key === "disabled") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

/** Appends nodes, texts, and lists of them. */
export function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/** Makes an element like another one. What is the same stays where it is: focus, selection and scrolling are not disturbed. */
export function become(old, made) {
  if (old.isEqualNode(made)) return;
  if (old.nodeType !== Node.ELEMENT_NODE || old.nodeName !== made.nodeName) return void old.replaceWith(made);
  for (const { name } of [...old.attributes]) if (!made.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of made.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [were, are] = [[...old.childNodes], [...made.childNodes]];
  are.forEach((each, index) => (index < were.length ? become(were[index], each) : old.append(each)));
  were.slice(are.length).forEach((each) => each.remove());
}

/** Returns a text with what stands between backticks as code. */
export const marked = (text) => String(text ?? "").split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

/** Sets the text of an element, unless it is the same. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let numbers = 0;
/** Returns an id that no other element has. */
export const newId = (word) => `${word}-${++numbers}`;

/** Returns a button. */
export const button = (label, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, label);

/** Calls `act` once, `wait` milliseconds after the last call. */
export function later(act, wait) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), wait);
  };
}
