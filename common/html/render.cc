// The only C++ of runnel. Nothing may throw out of here: the callers are C.

#include "html/render.h"

#include "html/builtin.h"
#include "event/link.h"
#include "base/log.h"
#include "html/markup.h"

#include <ctemplate/per_expand_data.h>
#include <ctemplate/template.h>
#include <ctemplate/template_modifiers.h>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <sys/stat.h>

using ctemplate::ExpandEmitter;
using ctemplate::PerExpandData;
using ctemplate::Template;
using ctemplate::TemplateModifier;
using ctemplate::TemplateDictionary;

enum { TEMPLATE_BYTES_MAX = 1 << 20 };

// One parsed template; the stamp tells whether its file has changed since.
struct parsed {
	std::shared_ptr<Template> tpl; // null: it is broken, and this is why
	std::string wrong;
	struct timespec modified;
	off_t size;
	ino_t inode;
};

struct render {
	std::string directory;
	std::mutex lock; // guards cache
	std::map<std::string, parsed> cache;
};

// ---- what templates may do with a value beyond ctemplate's own escaping

// {{url:x-link}}: a URL that link.h allows as it is, any other one as "#". markup.c puts it at the start of every URL.
class LinkModifier : public TemplateModifier {
	void Modify(const char *in, size_t n, const PerExpandData *data, ExpandEmitter *out, const std::string &arg) const override
	{
		std::string text(in, n);
		if (text.find('\0') == std::string::npos && link_allowed(text.c_str()))
			ctemplate::html_escape.Modify(in, n, data, out, arg);
		else
			out->Emit("#", 1);
	}
};

// {{q:x-query}}: one value in the query of a URL.
class QueryModifier : public TemplateModifier {
	void Modify(const char *in, size_t n, const PerExpandData *data, ExpandEmitter *out, const std::string &arg) const override
	{
		ctemplate::url_query_escape.Modify(in, n, data, out, arg);
	}
};

// {{body:x-lines}}: text whose line ends (CR, LF, CRLF) are seen, with any style dictionary or none.
class LinesModifier : public TemplateModifier {
	void Modify(const char *in, size_t n, const PerExpandData *data, ExpandEmitter *out, const std::string &arg) const override
	{
		for (const char *end = in + n; ; in++) {
			const char *line = in;
			while (in < end && *in != '\n' && *in != '\r')
				in++;
			ctemplate::html_escape.Modify(line, static_cast<size_t>(in - line), data, out, arg);
			if (in >= end)
				return;
			if (*in == '\r' && in + 1 < end && in[1] == '\n')
				in++;
			out->Emit("<br>\n", 5);
		}
	}
};

// Once a process; all three leave nothing to escape.
static bool add_modifiers()
{
	static LinkModifier link;
	static QueryModifier query;
	static LinesModifier lines;
	return ctemplate::AddXssSafeModifier("x-link", &link) && ctemplate::AddXssSafeModifier("x-query", &query) &&
	       ctemplate::AddXssSafeModifier("x-lines", &lines);
}

// ---- finding and parsing

// The program's own templates lie in a folder of their own; what fills them is no publisher's.
static bool is_own(const std::string &name)
{
	return name.rfind("own/", 0) == 0;
}

static bool read_file(const std::string &path, std::string *text)
{
	std::ifstream file(path, std::ios::binary);
	std::ostringstream all;
	all << file.rdbuf();
	*text = all.str();
	return file.is_open() && !file.bad() && !all.bad();
}

static void parse(const std::string &name, const std::string &text, parsed *p)
{
	static const bool modifiers = add_modifiers();
	struct buf checked = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	if (modifiers && markup_check(text.data(), text.size(), is_own(name), &checked, &problem))
		p->tpl.reset(Template::StringToTemplate(checked.data, checked.len, ctemplate::STRIP_BLANK_LINES));
	buf_clear(&checked);
	if (p->tpl && p->tpl->state() == ctemplate::TS_READY)
		return;
	p->tpl.reset();
	p->wrong = problem.status ? problem.text : "the server's log says why."; // ctemplate has, on standard error
}

static bool is_current(const parsed &p, const struct stat &info)
{
	return p.inode == info.st_ino && p.size == info.st_size && p.modified.tv_sec == info.st_mtim.tv_sec && p.modified.tv_nsec == info.st_mtim.tv_nsec;
}

// The file in the site's directory that takes the built-in one's place. A FIFO, a folder or a link to nothing of that name is a broken template.
static bool has_file(const struct render *render, const std::string &name, std::string *path, struct stat *info)
{
	*path = render->directory + "/" + name;
	*info = {};
	if (render->directory.empty() || lstat(path->c_str(), info) != 0)
		return false;
	struct stat target;
	if (S_ISLNK(info->st_mode) && stat(path->c_str(), &target) == 0)
		*info = target;
	return true;
}

static void load(const std::string &name, const std::string *path, const struct stat &info, parsed *p)
{
	std::string text;
	const struct builtin *builtin = path ? nullptr : builtin_template(name.c_str());
	if (builtin)
		text.assign(builtin->start, builtin->bytes);
	if (path && (!S_ISREG(info.st_mode) || info.st_size > TEMPLATE_BYTES_MAX || !read_file(*path, &text)))
		p->wrong = "it cannot be read, or is no file, or is longer than a megabyte.";
	else
		parse(name, text, p);
}

// Finds the template, from the directory first. false: there is none. A broken one has no tpl, and is looked at again once it changes.
static bool find(struct render *render, const std::string &name, parsed *found)
{
	struct stat info;
	std::string path;
	bool from_file = has_file(render, name, &path, &info);
	if (!from_file && !builtin_template(name.c_str()))
		return false;
	std::lock_guard<std::mutex> guard(render->lock);
	auto cached = render->cache.find(name);
	if (cached != render->cache.end() && is_current(cached->second, info)) {
		*found = cached->second;
		return true;
	}
	*found = { nullptr, "", info.st_mtim, info.st_size, info.st_ino };
	load(name, from_file ? &path : nullptr, info, found);
	if (!found->tpl)
		log_error("template %s: %s", from_file ? path.c_str() : name.c_str(), found->wrong.c_str());
	render->cache[name] = *found;
	return true;
}

struct render *render_new(const char *directory)
{
	struct render *render = new struct render;
	render->directory = directory ? directory : "";
	return render;
}

void render_free(struct render *render)
{
	delete render;
}

bool render_has(struct render *render, const char *name)
{
	struct stat info;
	std::string path;
	return builtin_template(name) || has_file(render, name, &path, &info);
}

bool render_fill(struct render *render, const char *name, const struct dictionary *dictionary, struct buf *out, struct problem *problem)
try {
	parsed found;
	std::string text;
	if (!find(render, name, &found))
		return problem_set(problem, 500, "There is no template %s.", name);
	if (!found.tpl)
		return problem_set(problem, 500, "The template %s is broken: %s", name, found.wrong.c_str());
	if (!found.tpl->Expand(&text, reinterpret_cast<const TemplateDictionary *>(dictionary)))
		return problem_set(problem, 500, "The template %s cannot be filled.", name);
	buf_add(out, text.data(), text.size());
	return true;
} catch (const std::exception &error) {
	return problem_set(problem, 500, "The template %s failed: %s", name, error.what());
}

struct dictionary *dictionary_new(void)
{
	return reinterpret_cast<struct dictionary *>(new TemplateDictionary("sheet"));
}

void dictionary_free(struct dictionary *dictionary)
{
	delete reinterpret_cast<TemplateDictionary *>(dictionary);
}

void dictionary_set(struct dictionary *dictionary, const char *key, const char *text)
{
	TemplateDictionary *filled = reinterpret_cast<TemplateDictionary *>(dictionary);
	filled->SetValue(key, text);
	if (*text)
		filled->ShowSection(key);
}

struct dictionary *dictionary_section(struct dictionary *dictionary, const char *key)
{
	return reinterpret_cast<struct dictionary *>(reinterpret_cast<TemplateDictionary *>(dictionary)->AddSectionDictionary(key));
}
