#include "page/responder.h"

#include "site/auth.h"
#include "html/builtin.h"
#include "event/channel.h"
#include "page/component.h"
#include "site/entrance.h"
#include "base/log.h"
#include "page/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	STREAM_CHANNELS_MAX = 100, /* of one stream: a URL, and work for every event */
	AWAY_MS_MIN = 2000,        /* a stream that is sent away comes back so much later, ... */
	AWAY_MS_SPREAD = 2000      /* ... and not all of them at once */
};

/* All that a handler needs; it returns false with the problem set. */
struct exchange {
	struct site *site;
	struct scoreboard *scoreboard;
	struct request *request;
	const struct request_source *source;
	struct answer *answer;
	struct response *response; /* the answer's */
	const char *rest; /* of the path, after the route's own segment */
	struct problem problem;
};

/* ---- channels of a request ---- */

static char *own_channel(struct exchange *x, const char *name)
{
	if (!auth_user(x->request, "A channel of your own (~me)", &x->problem))
		return NULL;
	char *own = channel_of_login(name, x->request->user, &x->problem);
	if (!own)
		problem_set(&x->problem, 403, "The login is too long for a channel of its own: with what goes before it, it may have %d bytes.", CHANNEL_BYTES_MAX);
	return own;
}

/* The channel that is meant, KIND/~me being that of whoever is logged in. NULL with a problem; the caller frees it. */
static char *resolve(struct exchange *x, const char *name)
{
	char *channel = channel_read(name, &x->problem);
	if (channel && channel_is_mine(channel)) {
		free(channel);
		channel = own_channel(x, name);
	}
	if (channel && publish_kind(x->site, channel, &x->problem))
		return channel;
	free(channel);
	return NULL;
}

static bool add_channel(struct exchange *x, const char *name)
{
	char *channel = resolve(x, name);
	if (!channel)
		return false;
	struct stream_request *stream = &x->answer->stream;
	bool known = false;
	for (size_t i = 0; i < stream->count; i++)
		known = known || strcmp(stream->channels[i], channel) == 0;
	if (!auth_subscribe(&x->site->config, x->request, channel, &x->problem) || known) {
		free(channel);
		return known;
	}
	if (stream->count == STREAM_CHANNELS_MAX) {
		free(channel);
		return problem_set(&x->problem, 400, "A stream has at most %d channels.", STREAM_CHANNELS_MAX);
	}
	stream->channels = realloc(stream->channels, (stream->count + 1) * sizeof *stream->channels);
	stream->channels[stream->count++] = channel;
	return true;
}

/* The header wins: after the browser itself has reconnected, it is newer than the URL, which htmx never changes. */
static void read_cursor(const struct request *request, struct cursor *cursor)
{
	static const char *const names[] = { "last-event-id", "lastEventId", "lastEventID" };
	const char *text = request->last_event_id;
	for (size_t i = 0; i < sizeof names / sizeof *names && !(text && *text); i++)
		text = request_query(request, names[i]);
	if (text && *text && !cursor_parse(text, cursor))
		strcpy(cursor->epoch, "?"); /* no cursor of ours: a gap, as one of another epoch */
}

static bool read_format(struct exchange *x, enum frame_format *format)
{
	const char *name = request_query(x->request, "format");
	if (!name || frame_format_parse(name, format))
		return true;
	return problem_set(&x->problem, 400, "format=%.40s is not known: use htmx, oob or json.", name);
}

/* ---- handlers ---- */

static bool open_stream(struct exchange *x)
{
	read_cursor(x->request, &x->answer->stream.cursor);
	if (!read_format(x, &x->answer->stream.format))
		return false;
	x->response->stream = true;
	/* a HEAD gets the stream's head, and nothing is opened */
	if (strcmp(x->request->method, "HEAD") != 0)
		x->answer->kind = ANSWER_STREAM;
	return true;
}

static bool get_stream(struct exchange *x)
{
	for (size_t i = 0; i < x->request->query_count; i++)
		if (strcmp(x->request->query[i].name, "channel") == 0 && !add_channel(x, x->request->query[i].text))
			return false;
	if (x->answer->stream.count == 0)
		return problem_set(&x->problem, 400, "A stream needs at least one channel: stream?channel=feed&channel=progress/import.");
	return open_stream(x);
}

static bool get_channel(struct exchange *x)
{
	return add_channel(x, x->request->mount.path) && open_stream(x);
}

/* The same text is longer as a form: three bytes for one at the most, and the names. */
size_t responder_body_max(const struct config *config)
{
	return config->event_limit_bytes * 3 + 16 * 1024;
}

static bool post_channel(struct exchange *x)
{
	struct config *config = &x->site->config;
	char *channel = resolve(x, x->request->mount.path);
	struct draft draft = DRAFT_INIT(channel);
	bool ok = channel &&
		  auth_publish(config, x->request, channel, &x->problem) &&
		  request_read_body(x->request, x->source, responder_body_max(config), &x->problem) &&
		  draft_read(&draft, x->request, kinds_of(&config->kinds, channel), config->html_allowed, &x->problem) &&
		  publication_prepare(&x->answer->publication, x->site, &draft, 1, &x->problem);
	if (ok)
		x->answer->kind = ANSWER_COMMIT;
	draft_clear(&draft);
	free(channel);
	return ok;
}

/* A component that has ended asks whether a run has begun that it does not show. */
static bool asks_in_vain(struct exchange *x, const char *channel)
{
	const char *text = request_query(x->request, "shown");
	struct cursor shown = CURSOR_NONE;
	return text && cursor_parse(text, &shown) && component_is_shown(x->site, channel, &shown);
}

static bool get_component(struct exchange *x)
{
	struct response *response = x->response;
	enum frame_format format = FRAME_HTMX;
	struct buf fragment = BUF_INIT;
	char *channel = resolve(x, x->rest);
	bool ok = channel &&
		  auth_subscribe(&x->site->config, x->request, channel, &x->problem) &&
		  read_format(x, &format);
	if (ok && asks_in_vain(x, channel))
		response->status = 204;
	else
		ok = ok && component_render(x->site, x->request->mount.base, channel, format, true, &fragment, &x->problem);
	if (ok && x->request->htmx && fragment.len)
		buf_add(&response->body, fragment.data, fragment.len);
	else if (ok && fragment.len)
		ok = component_page(x->site, x->request->mount.base, channel, buf_string(&fragment), &response->body, &x->problem);
	response->type = "text/html; charset=utf-8";
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Vary", "HX-Request");
	buf_clear(&fragment);
	free(channel);
	return ok;
}

static bool get_asset(struct exchange *x)
{
	const struct builtin *asset = builtin_asset(x->rest);
	if (!asset)
		return problem_set(&x->problem, 404, "There is no asset \"%.80s\".", x->rest);
	x->response->type = asset->type;
	response_header(x->response, "Cache-Control", "public, max-age=3600");
	buf_add(&x->response->body, asset->start, asset->bytes);
	return true;
}

static bool viewer_may_read(void *arg, const char *channel)
{
	const struct exchange *x = arg;
	struct problem unsaid = PROBLEM_NONE;
	return auth_subscribe(&x->site->config, x->request, channel, &unsaid);
}

static bool get_status(struct exchange *x)
{
	x->response->type = "text/html; charset=utf-8";
	response_header(x->response, "Cache-Control", "no-store");
	return auth_status(&x->site->config, x->request, &x->problem) &&
	       status_page(x->site, x->scoreboard, &(struct viewer){ viewer_may_read, x }, x->request->mount.base, &x->response->body, &x->problem);
}

static bool get_metrics(struct exchange *x)
{
	x->response->type = "text/plain; version=0.0.4; charset=utf-8";
	response_header(x->response, "Cache-Control", "no-store");
	return auth_status(&x->site->config, x->request, &x->problem) &&
	       status_metrics(x->site, x->scoreboard, &(struct viewer){ viewer_may_read, x }, &x->response->body, &x->problem);
}

static bool get_health(struct exchange *x)
{
	response_header(x->response, "Cache-Control", "no-store");
	buf_text(&x->response->body, "ok\n");
	return status_health(x->site, &x->problem);
}

/* ---- routes ---- */

static const struct route {
	const char *segment; /* the first of the path; NULL: any other, which is a channel */
	bool rest;           /* more segments must follow, or must not */
	bool (*get)(struct exchange *);
	bool (*post)(struct exchange *);
} routes[] = {
	{ "", false, get_status, NULL },
	{ "stream", false, get_stream, NULL },
	{ "components", true, get_component, NULL },
	{ "assets", true, get_asset, NULL },
	{ "healthz", false, get_health, NULL },
	{ "metrics", false, get_metrics, NULL },
	{ NULL, true, get_channel, post_channel },
};

static const struct route *find_route(const char *path, const char **rest)
{
	size_t n = strcspn(path, "/");
	const struct route *route = routes;
	while (route->segment && (strlen(route->segment) != n || memcmp(route->segment, path, n) != 0))
		route++;
	*rest = path[n] == '/' ? path + n + 1 : "";
	if (route->segment && route->rest != (**rest != '\0' || (path[n] == '/' && route->rest)))
		return NULL;
	return route;
}

/* No block: no reader is to see anything happen, and it comes back with its cursor. */
static bool send_stream_away(struct exchange *x)
{
	unsigned random = 0;
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
		random = 0; /* at boot: then all at once */
	x->answer->kind = ANSWER_SHORT;
	buf_text(&x->response->body, FRAME_HEARTBEAT);
	frame_retry(&x->response->body, AWAY_MS_MIN + random % AWAY_MS_SPREAD);
	return true;
}

/* A site without a store says why, but to a stream: htmx forgets its cursor on any status but 200. */
static bool handle_without_store(struct exchange *x, const struct route *route)
{
	bool reads = request_is(x->request, "GET");
	if (reads && route->get == get_asset)
		return get_asset(x);
	if (reads && (route->get == get_channel || route->get == get_stream))
		return route->get(x) && send_stream_away(x);
	x->problem = x->site->trouble;
	return false;
}

static bool handle_route(struct exchange *x)
{
	const struct route *route = find_route(x->request->mount.path, &x->rest);
	if (route && !x->site->store)
		return handle_without_store(x, route);
	if (!route)
		return problem_set(&x->problem, 404, "There is nothing at /%.200s.", x->request->mount.path);
	if (request_is(x->request, "GET"))
		return route->get(x);
	if (request_is(x->request, "POST") && route->post)
		return route->post(x);
	response_header(x->response, "Allow", route->post ? "GET, HEAD, POST" : "GET, HEAD");
	return problem_set(&x->problem, 405, "%.20s is not allowed here; use %s.", x->request->method, route->post ? "GET or POST" : "GET");
}

static bool handle(struct exchange *x)
{
	switch (entrance_find(&x->site->config, x->request, x->response, &x->problem)) {
	case ENTRANCE_ROUTE: return handle_route(x);
	case ENTRANCE_ANSWERED: return true;
	default: return false;
	}
}

/* What a client is not told is logged, but no client can fill the log. */
static void log_inside(const struct problem *problem)
{
	if (problem->inside)
		log_error_seldom("%s", problem->text);
}

void responder_answer(struct site *site, struct scoreboard *scoreboard, struct request *request,
		      const struct request_source *source, struct answer *answer)
{
	struct exchange x = { site, scoreboard, request, source, answer, &answer->response, "", PROBLEM_NONE };
	if (handle(&x))
		return;
	answer->kind = request->later ? ANSWER_LATER : ANSWER_SHORT;
	if (request->later)
		return;
	log_inside(&x.problem);
	answer->response.stream = false;
	response_problem(&answer->response, &x.problem);
}

void responder_committed(const struct site *site, struct answer *answer, enum store_status status)
{
	struct problem problem = PROBLEM_NONE;
	if (status != STORE_OK) {
		site_store_problem(site, status, &problem);
		log_inside(&problem);
		response_problem(&answer->response, &problem);
		return;
	}
	buf_print(&answer->response.body, "%s-%" PRIu64, store_epoch(site->store), answer->publication.append.entries[0].seq);
	response_header(&answer->response, "Cache-Control", "no-store");
}

void answer_clear(struct answer *answer)
{
	publication_clear(&answer->publication);
	stream_request_clear(&answer->stream);
	response_clear(&answer->response);
}

void responder_refuse(const struct problem *problem, struct buf *out)
{
	struct response response = RESPONSE_INIT;
	response_problem(&response, problem);
	response_encode(&response, false, out);
	response_clear(&response);
}
