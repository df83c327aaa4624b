// The only C++ of runnel. Nothing may throw out of here: the callers are C.

#include "render.h"

#include "builtin.h"
#include "log.h"

#include <ctemplate/template.h>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <sys/stat.h>


using ctemplate::Template;
using ctemplate::TemplateDictionary;

static const char pragma[] = "{{%AUTOESCAPE context=\"HTML\"}}";

// One parsed template; the stamp tells whether its file has changed since.
struct parsed {
	std::shared_ptr<Template> tpl;
	struct timespec modified;
	off_t size;
	ino_t inode;
};

struct render {
	std::string directory;
	std::mutex lock; // guards cache
	std::map<std::string, parsed> cache;
};

// An attribute name that htmx or the browser would run: a value in it is an injection even when escaped.
static bool runs_its_value(const std::string &attribute)
{
	return attribute.rfind("hx-", 0) == 0 || attribute.rfind("data-hx-", 0) == 0 || attribute.rfind("on", 0) == 0;
}

// The name of the attribute whose quoted value is open at position at, or "".
static std::string open_attribute(const std::string &text, size_t at)
{
	size_t tag = text.rfind('<', at);
	if (tag == std::string::npos)
		return "";
	for (size_t i = tag; i < at; i++) {
		if (text[i] == '>')
			return "";
		if (text[i] != '"' && text[i] != '\'')
			continue;
		size_t end = text.find(text[i], i + 1);
		if (end == std::string::npos || end > at) {
			size_t name_end = text.find_last_not_of("= \t\n", i - 1);
			size_t name = text.find_last_of(" \t\n", name_end);
			return text.substr(name + 1, name_end - name);
		}
		i = end;
	}
	return "";
}

// What is wrong with a template's text before ctemplate sees it; "" when nothing is.
static std::string fault(const std::string &text)
{
	if (text.rfind(pragma, 0) != 0)
		return std::string("it must begin with ") + pragma;
	for (size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at + 2)) {
		unsigned char first = at + 2 < text.size() ? text[at + 2] : 0;
		if (first < 'a' || first > 'z') // runnel's own names are upper case
			continue;
		std::string attribute = open_attribute(text, at);
		if (runs_its_value(attribute))
			return "a value may not stand in the attribute " + attribute;
	}
	return "";
}

static bool read_file(const std::string &path, std::string *text)
{
	std::ifstream file(path, std::ios::binary);
	std::ostringstream all;
	all << file.rdbuf();
	*text = all.str();
	return file.good() || file.eof();
}

static std::shared_ptr<Template> parse(const std::string &name, const std::string &text)
{
	std::string wrong = fault(text);
	std::shared_ptr<Template> tpl;
	if (wrong.empty())
		tpl.reset(Template::StringToTemplate(text, ctemplate::STRIP_BLANK_LINES));
	if (!wrong.empty())
		log_error("template %s: %s", name.c_str(), wrong.c_str());
	else if (!tpl || tpl->state() != ctemplate::TS_READY)
		tpl.reset(); // ctemplate has said why on standard error
	return tpl;
}

// Finds the template, from the directory first. Null: missing or broken; *found tells them apart.
static std::shared_ptr<Template> find(struct render *render, const std::string &name, bool *found)
{
	struct stat info = {};
	std::string path = render->directory + "/" + name;
	bool from_file = !render->directory.empty() && stat(path.c_str(), &info) == 0;
	std::lock_guard<std::mutex> guard(render->lock);

	*found = true;
	auto cached = render->cache.find(name);
	if (cached != render->cache.end()) {
		const parsed &p = cached->second;
		if (p.inode == info.st_ino && p.size == info.st_size &&
		    p.modified.tv_sec == info.st_mtim.tv_sec && p.modified.tv_nsec == info.st_mtim.tv_nsec)
			return p.tpl;
	}
	std::string text;
	const struct builtin *builtin = from_file ? nullptr : builtin_template(name.c_str());
	if (builtin)
		text.assign(builtin->start, builtin->bytes);
	else if (!from_file || !read_file(path, &text)) {
		*found = false;
		return nullptr;
	}
	parsed p = { parse(name, text), info.st_mtim, info.st_size, info.st_ino };
	render->cache[name] = p;
	return p.tpl;
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
	std::string path = render->directory + "/" + name;
	return builtin_template(name) || (!render->directory.empty() && stat(path.c_str(), &info) == 0);
}

bool render_fill(struct render *render, const char *name, const struct sheet *sheet, struct buf *out, struct problem *problem)
try {
	bool found;
	std::shared_ptr<Template> tpl = find(render, name, &found);
	std::string text;
	if (!found)
		return problem_set(problem, 500, "There is no template %s.", name);
	if (!tpl || !tpl->Expand(&text, reinterpret_cast<const TemplateDictionary *>(sheet)))
		return problem_set(problem, 500, "The template %s is broken; the server's log says why.", name);
	buf_add(out, text.data(), text.size());
	return true;
} catch (const std::exception &error) {
	return problem_set(problem, 500, "The template %s failed: %s", name, error.what());
}

struct sheet *sheet_new(void)
{
	return reinterpret_cast<struct sheet *>(new TemplateDictionary("sheet"));
}

void sheet_free(struct sheet *sheet)
{
	delete reinterpret_cast<TemplateDictionary *>(sheet);
}

void sheet_set(struct sheet *sheet, const char *key, const char *text)
{
	TemplateDictionary *dictionary = reinterpret_cast<TemplateDictionary *>(sheet);
	dictionary->SetValue(key, text);
	if (*text)
		dictionary->ShowSection(key);
}

struct sheet *sheet_section(struct sheet *sheet, const char *key)
{
	return reinterpret_cast<struct sheet *>(reinterpret_cast<TemplateDictionary *>(sheet)->AddSectionDictionary(key));
}
