// runnel.js: what a page with runnel's components needs beyond htmx and its SSE extension.
//
//   cursor      a source that the extension makes again after an error goes on where the old one stopped
//   connection  a lost stream shows in the component's .runnel-connection
//   reset       clears the lists of a component, because its whole state follows
//   lists       stay short; a log stays at its end while nobody scrolls up
//   dismiss     removes one notification
//
// It may be loaded before or after the extension, and more than once. No inline handlers, no eval:
// it works under Content-Security-Policy: default-src 'self'.
(function () {
  'use strict';
  if (window.runnel) return;
  window.runnel = true;

  const LIST = '[data-runnel-list]';   // its value: how many elements the list may hold
  const STALE_AFTER_MS = 30000;        // hidden for longer than this, a stream may be dead without a sign

  function listen(names, handler) {
    for (const name of names) document.addEventListener(name, handler);
  }

  // ---- cursor

  const lost = new Map();   // URL of a stream that broke -> the last id that arrived on it
  const live = new Set();   // sources that are not closed

  // An EventSource that hands its cursor on. The browser sends Last-Event-ID only while it retries by
  // itself; after any answer but 200 the extension makes a new source, which would start from nothing.
  // A source that is closed on purpose hands nothing on.
  class Stream extends EventSource {
    constructor(url) {
      super(resumed(url), { withCredentials: true });
      this.given = url;
      this.cursor = lost.get(url);
      this.remember = (event) => { this.cursor = event.lastEventId || this.cursor; };
      lost.delete(url);
      live.add(this);
      this.addEventListener('message', this.remember);
      this.addEventListener('reset', () => clearLists(this.element));
      super.addEventListener('open', () => setTimeout(() => this.closeIfOrphan()));
      super.addEventListener('error', () => { if (this.readyState === EventSource.CLOSED) this.break(); });
    }

    // Every name that somebody listens for moves the cursor; adding the same listener twice does nothing.
    addEventListener(name, ...rest) {
      if (name !== 'open' && name !== 'error') super.addEventListener(name, this.remember);
      super.addEventListener(name, ...rest);
    }

    close() {
      super.close();
      live.delete(this);
      lost.delete(this.given);
    }

    break() {
      super.close();
      live.delete(this);
      if (this.cursor) lost.set(this.given, this.cursor);
    }

    // The extension takes it for a network error, and connects again from the cursor.
    renew() {
      this.break();
      if (this.onerror) this.onerror(new Event('error'));
    }

    // The extension's timer makes a source even for an element that has left the page meanwhile;
    // such an element's htmx:sseOpen never reaches the document.
    closeIfOrphan() {
      if (!this.element) this.close();
    }
  }

  function resumed(url) {
    if (!lost.has(url)) return url;
    const again = new URL(url, document.baseURI);
    again.searchParams.set('last-event-id', lost.get(url));
    return again.href;
  }

  if (window.htmx) window.htmx.createEventSource = (url) => new Stream(url);

  // A phone drops the streams of a page in the background and tells nobody.
  let hiddenAt = 0;
  listen(['visibilitychange'], () => {
    if (document.hidden) hiddenAt = Date.now();
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
    for (const note of element.querySelectorAll('.runnel-connection')) note.hidden = !isLost;
  }

  // The names with a colon more are htmx 4's.
  listen(['htmx:sseOpen'], (event) => { event.detail.source.element = event.target; });
  listen(['htmx:sseError', 'htmx:sse:error'], (event) => showLost(event.target, true));
  listen(['htmx:sseOpen', 'htmx:sseClose', 'htmx:sse:after:connection', 'htmx:sse:close'],
    (event) => showLost(event.target, false));

  // ---- reset

  function clearLists(element) {
    if (!element) return;
    for (const list of element.querySelectorAll(LIST)) list.replaceChildren();
  }

  // htmx 4 makes a DOM event of each named one; that of a form is not ours.
  listen(['reset'], (event) => { if (event.target.matches('[sse-connect]')) clearLists(event.target); });

  // ---- lists

  function tidy(list) {
    const newestLast = list.matches('[role=log]');
    while (list.childElementCount > list.dataset.runnelList) {
      list.removeChild(newestLast ? list.firstChild : list.lastChild);
    }
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
  document.addEventListener('scroll', ({ target: log }) => {
    if (!(log instanceof Element) || !log.matches('[role=log]' + LIST)) return;
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

  function welcome(element) {
    element.querySelectorAll('time.runnel-time:not([title])').forEach(localise);
    element.querySelectorAll(LIST).forEach(tidy);
  }

  new MutationObserver((changes) => {
    const lists = new Set();
    for (const { target, addedNodes } of changes) {
      if (target.matches(LIST)) lists.add(target);
      for (const node of addedNodes) if (node instanceof Element) welcome(node);
    }
    lists.forEach(tidy);
  }).observe(document.documentElement, { childList: true, subtree: true });
  welcome(document.documentElement);

  // ---- dismiss

  listen(['click'], (event) => {
    const button = event.target.closest('.runnel-dismiss');
    if (!button) return;
    const notification = button.closest('.runnel-notification');
    const next = notification.nextElementSibling || notification.previousElementSibling;
    notification.remove();
    next?.querySelector('.runnel-dismiss')?.focus();
  });
})();
