#include "crew.h"

struct place *crew_other(const struct crew *crew, const struct place *place)
{
	return crew_place(crew, place->number ^ 1);
}

struct worker_pair *crew_pair(const struct crew *crew, const struct place *place)
{
	return &crew->pairs[place->number / 2];
}

struct place *crew_find(const struct crew *crew, pid_t pid)
{
	for (unsigned i = 0; i < crew_places(crew); i++)
		if (crew_place(crew, i)->pid == pid)
			return crew_place(crew, i);
	return NULL;
}

bool crew_any(const struct crew *crew, enum place_state state)
{
	for (unsigned i = 0; i < crew_places(crew); i++)
		if (crew_place(crew, i)->state == state)
			return true;
	return false;
}

bool crew_is_empty(const struct crew *crew)
{
	for (unsigned i = 0; i < crew_places(crew); i++)
		if (crew_place(crew, i)->state != PLACE_EMPTY)
			return false;
	return true;
}

bool crew_serves(const struct crew *crew)
{
	for (unsigned i = 0; i < crew_places(crew); i++)
		if (crew_place(crew, i)->state == PLACE_READY && !crew_place(crew, i)->refuses)
			return true;
	return false;
}

struct place *crew_outdated(const struct crew *crew, unsigned generation)
{
	struct place *oldest = NULL;
	for (unsigned i = 0; i < crew_places(crew); i++) {
		struct place *place = crew_place(crew, i);
		if (place->state == PLACE_READY && place->generation < generation && (!oldest || place->generation < oldest->generation))
			oldest = place;
	}
	return oldest;
}

uint64_t crew_due(const struct crew *crew)
{
	uint64_t due = PLACE_NEVER;
	for (unsigned i = 0; i < crew_places(crew); i++)
		if (crew_place(crew, i)->due_ms < due)
			due = crew_place(crew, i)->due_ms;
	return due;
}
