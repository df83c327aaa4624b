// runnel.js: what a page with runnel's components needs beyond htmx and its SSE extension.
//
//   cursor      a source that broke is made again with its last id in the URL: proxies may take the header out
//   close       ends a stream for good, with or without sse-close
//   twice       an event that is in the component already is not put in again
//   connection  a lost stream shows in the component's .runnel-connection
//   reset       clears the lists of a component, because its whole state follows
//   lists       stay short; a log stays at its end while nobody scrolls up
//   empty       the note that a list is empty is there only while it is
//   dismiss     gives each notification a button that removes it
//
// It may be loaded before or after htmx and its extension, and more than once. No inline handlers, no eval:
// it works under Content-Security-Policy: default-src 'self'. Elements of the page may have any id and name: each is a property
// of window, document or its form then, so what is looked up there is taken from the prototypes instead.
(function () {
  'use strict';
  const LOADED = Symbol.for('runnel');   // no element is called by a symbol
  if (window[LOADED]) return;
  window[LOADED] = true;

  const LIST = '[data-runnel-list]';   // its value: how many elements the list may hold
  const EMPTY = '.runnel-empty';       // stands before its list
  const STALE_AFTER_MS = 30000;        // hidden for longer than this, a stream may be dead without a sign

  const method = (prototype, name) => Function.prototype.call.bind(prototype[name]);
  const property = (prototype, name) => (node) => Reflect.get(prototype, name, node);
  const matches = method(Element.prototype, 'matches');
  const closest = method(Element.prototype, 'closest');
  const findAll = method(Element.prototype, 'querySelectorAll');
  const contains = method(Node.prototype, 'contains');
  const removeAttribute = method(Element.prototype, 'removeAttribute');
  const setAttribute = method(Element.prototype, 'setAttribute');
  const on = method(EventTarget.prototype, 'addEventListener');
  const make = method(Document.prototype, 'createElement');
  const byId = method(Document.prototype, 'getElementById');
  const isHidden = property(Document.prototype, 'hidden');
  const baseURI = property(Node.prototype, 'baseURI');

  function listen(names, handler, options) {
    for (const name of names) on(document, name, handler, options);
  }

  // ---- cursor

  const AWAY_MS = 500, AWAY_SPREAD_MS = 2000;   // with the half second of the extension, what the server's `retry:` says

  const lost = new Map();   // URL of streams that broke -> the last id that arrived on each
  const live = new Set();   // sources that are not closed

  // An EventSource that hands its cursor on. After any answer but 200 the extension makes a new source, which would start from
  // nothing; after a mere drop the browser tries again by itself, with the id in a header alone. Either way the next
  // source has the cursor in its URL. A source that is closed on purpose hands nothing on.
  class Stream extends EventSource {
    constructor(url) {
      const cursor = take(url);
      super(cursor ? withCursor(url, cursor) : url, { withCredentials: true });
      this.given = url;
      this.cursor = cursor;
      this.remember = (event) => { this.cursor = event.lastEventId || this.cursor; };
      live.add(this);
      this.addEventListener('message', this.remember);
      this.addEventListener('reset', () => clearLists(this.element));
      super.addEventListener('close', () => this.close());
      super.addEventListener('open', () => setTimeout(() => this.closeIfOrphan()));
      super.addEventListener('error', (event) => this.dropped(event));
    }

    // Every name that somebody listens for moves the cursor; adding the same listener twice does nothing.
    addEventListener(name, ...rest) {
      if (name !== 'open' && name !== 'error') super.addEventListener(name, this.remember);
      super.addEventListener(name, ...rest);
    }

    // Before the first event the browser may know an id that no script sees: then its own way back is the better one.
    dropped(event) {
      if (this.readyState === EventSource.CLOSED) this.break();
      else if (this.cursor) {
        event.stopImmediatePropagation();
        this.break();
        showLost(this.element, true);
        setTimeout(() => this.reportError(), AWAY_MS + Math.random() * AWAY_SPREAD_MS);
      }
    }

    close() {
      super.close();
      live.delete(this);
      if (this.handed) take(this.given, this.handed);
      this.handed = null;
    }

    break() {
      super.close();
      live.delete(this);
      if (this.cursor) lost.set(this.given, [...(lost.get(this.given) || []), this.cursor].sort(byAge));
      this.handed = this.cursor;
    }

    // The extension takes it for a network error, and connects again from the cursor.
    renew() {
      this.break();
      this.reportError();
    }

    reportError() {
      if (this.onerror) this.onerror(new Event('error'));
    }

    // The extension's timer makes a source even for an element that has left the page meanwhile;
    // such an element's htmx:sseOpen never reaches the document.
    closeIfOrphan() {
      if (!this.element) this.close();
    }
  }

  const byAge = (a, b) => a.slice(a.lastIndexOf('-') + 1) - b.slice(b.lastIndexOf('-') + 1);

  // Of several streams of one URL the one that is furthest behind: what comes twice is not shown twice.
  function take(url, cursor) {
    const cursors = lost.get(url) || [];
    const at = cursor ? cursors.indexOf(cursor) : 0;
    return at < 0 ? undefined : cursors.splice(at, 1)[0];
  }

  function withCursor(url, cursor) {
    const again = new URL(url, baseURI(document));
    again.searchParams.set('last-event-id', cursor);
    return again.href;
  }

  function makeStreams() {
    if (typeof window.htmx?.onLoad === 'function') window.htmx.createEventSource = (url) => new Stream(url);
  }
  makeStreams();
  listen(['DOMContentLoaded'], makeStreams);

  // A phone drops the streams of a page in the background and tells nobody.
  let hiddenAt = 0;
  listen(['visibilitychange'], () => {
    if (isHidden(document)) hiddenAt = Date.now();
    else if (hiddenAt && Date.now() - hiddenAt > STALE_AFTER_MS) for (const stream of [...live]) stream.renew();
  });

  // Leaving the page breaks its streams too, which is no error to report; the browser may bring the page back.
  let parked = [];
  window.addEventListener('pagehide', () => {
    parked = [...live];
    for (const stream of parked) stream.break();
  });
  window.addEventListener('pageshow', () => {
    for (const stream of parked) stream.renew();
    parked = [];
  });

  // ---- connection: on an element of its own, for a changed sse-connect element would connect twice

  function showLost(element, isLost) {
    if (!element) return;
    for (const note of findAll(element, '.runnel-connection')) {
      note.textContent = isLost ? note.dataset.runnelLost || 'Reconnecting…' : '';
      note.hidden = !isLost;
    }
  }

  // The names with a colon more are htmx 4's.
  listen(['htmx:sseOpen'], (event) => { event.detail.source.element = event.target; });
  listen(['htmx:sseError', 'htmx:sse:error'], (event) => showLost(event.target, true));
  listen(['htmx:sseOpen', 'htmx:sseClose', 'htmx:sse:after:connection', 'htmx:sse:close'],
    (event) => showLost(event.target, false));

  // ---- reset

  function clearLists(element) {
    if (!element) return;
    for (const list of findAll(element, LIST)) list.replaceChildren();
  }

  // htmx 4 makes a DOM event of each named one; that of a form is not ours.
  listen(['reset'], (event) => { if (event.target instanceof Element && matches(event.target, '[sse-connect]')) clearLists(event.target); });

  // ---- twice: an element's id is made of its event's

  const elementId = (eventId) => `runnel-_-${eventId}`;

  // htmx alone moves an element of the same id (hx-preserve), also out of another component that shows the same
  // channel: such a one gives its id away, and is known by its data.
  listen(['htmx:sseBeforeMessage'], (event) => {
    const id = event.detail?.lastEventId;
    const there = id && byId(document, elementId(id));
    if (id && (contains(event.target, there) || findAll(event.target, `[data-runnel-event="${CSS.escape(id)}"]`).length)) event.preventDefault();
    else if (there) {
      setAttribute(there, 'data-runnel-event', id);
      removeAttribute(there, 'id');
    }
  });

  // ---- lists

  const notes = new WeakMap();   // list -> the note that it is empty, while it is not

  function showEmpty(list) {
    const before = list.previousElementSibling;
    const isThere = before && matches(before, EMPTY);
    if (list.firstElementChild && isThere) {
      notes.set(list, before);
      before.remove();
    } else if (!list.firstElementChild && !isThere && notes.has(list)) list.before(notes.get(list));
  }

  function tidy(list) {
    const newestLast = matches(list, '[role=log]');
    while (list.childElementCount > list.dataset.runnelList) {
      list.removeChild(newestLast ? list.firstChild : list.lastChild);
    }
    showEmpty(list);
    if (newestLast) keepAtEnd(list);
  }

  // ---- logs: one layout a frame, however many lines arrive in it

  const due = new Set();              // logs to scroll in the next frame
  const end = new WeakMap();          // log -> the line that was its last one when we scrolled to it
  const scrolledUp = new WeakSet();   // logs whose reader looks at older lines

  function keepAtEnd(log) {
    if (scrolledUp.has(log)) return;
    if (!due.size) requestAnimationFrame(scrollDue);
    due.add(log);
  }

  function scrollDue() {
    for (const log of due) {
      log.scrollTop = log.scrollHeight;
      end.set(log, log.lastElementChild);
    }
    due.clear();
  }

  // Lines that came since do not count: a reader who still sees the line we scrolled to has not moved.
  listen(['scroll'], ({ target: log }) => {
    if (!(log instanceof Element) || !matches(log, '[role=log]' + LIST)) return;
    const line = (!scrolledUp.has(log) && end.get(log)) || log.lastElementChild;
    if (!line) return;
    const below = line.getBoundingClientRect().bottom - log.getBoundingClientRect().bottom;
    if (below > 40) scrolledUp.add(log);
    else scrolledUp.delete(log);
  }, { capture: true, passive: true });

  // ---- whatever enters the page

  function localise(time) {
    const date = new Date(time.dateTime);
    if (isNaN(date)) return;
    const today = date.toDateString() === new Date().toDateString();
    time.title = time.dateTime;
    time.textContent = today ? date.toLocaleTimeString() : date.toLocaleString();
  }

  // The element itself, too, where it is one of them.
  function within(element, selector) {
    return [...(matches(element, selector) ? [element] : []), ...findAll(element, selector)];
  }

  function welcome(element) {
    within(element, 'time.runnel-time:not([title])').forEach(localise);
    within(element, '.runnel-notification').forEach(makeDismissible);
    within(element, LIST).forEach(tidy);
  }

  new MutationObserver((changes) => {
    const lists = new Set();
    for (const { target, addedNodes } of changes) {
      if (target instanceof Element && matches(target, LIST)) lists.add(target);
      for (const node of addedNodes) if (node instanceof Element) welcome(node);
    }
    lists.forEach(tidy);
  }).observe(document, { childList: true, subtree: true });
  for (const root of method(Document.prototype, 'querySelectorAll')(document, ':root')) welcome(root);

  // ---- dismiss: a button that does nothing without this script is not in the page without it

  function makeDismissible(notification) {
    if (notification.querySelector('.runnel-dismiss')) return;
    const button = make(document, 'button');
    const title = notification.querySelector('.runnel-title');
    button.className = 'runnel-dismiss';
    button.type = 'button';
    button.textContent = '✕';
    button.ariaLabel = `Dismiss: ${title ? title.textContent : ''}`;
    notification.append(button);
  }

  listen(['click'], (event) => {
    const button = event.target instanceof Element && closest(event.target, '.runnel-dismiss');
    const notification = button && closest(button, '.runnel-notification');
    if (!notification) return;
    const next = notification.nextElementSibling || notification.previousElementSibling;
    notification.remove();
    next?.querySelector('.runnel-dismiss')?.focus();
  });
})();
