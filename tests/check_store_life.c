/*
 * A store that is removed, replaced or restored under those who use it: no id is given twice in one epoch.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

static void run(const char *format)
{
	char line[1200];
	snprintf(line, sizeof line, format, folder, folder, folder, folder, folder, folder);
	ck_assert_int_eq(system(line), 0);
}

START_TEST(an_append_after_the_store_was_removed_is_in_the_new_one)
{
	char epoch[32];
	struct store *other;
	store = open_store(_i);
	append("a", "1");
	strcpy(epoch, store_epoch(store));
	run("rm -f %s/events.db*");
	append("a", "2");
	ck_assert_str_ne(store_epoch(store), epoch);
	all_is(0, "a:2 ");
	ck_assert_int_eq(try_to_open(_i, folder, &other), STORE_OK);
	ck_assert_str_eq(store_epoch(other), store_epoch(store));
	store_close(store);
	store = other;
	all_is(0, "a:2 ");
}
END_TEST

/* The copy knows less than its readers do: its next ids are those of other events. */
START_TEST(a_store_that_was_restored_begins_a_new_epoch)
{
	char epoch[32];
	store = open_store(_i);
	append("a", "1");
	const char *before = store_epoch(store);
	strcpy(epoch, before);
	run("mkdir %s/copy && sqlite3 %s/events.db \".backup %s/copy/events.db\"");
	append("a", "2");
	run("rm -f %s/events.db* && cp %s/copy/events.db %s/events.db && rm -r %s/copy");
	append("a", "3");
	ck_assert_str_ne(store_epoch(store), epoch);
	ck_assert_str_eq(before, epoch); /* what was given out stays good */
	all_is(0, "a:1 a:3 ");
	store_close(store);
	store = open_store(_i);
	ck_assert_str_ne(store_epoch(store), epoch);
}
END_TEST

START_TEST(after_another_start_of_the_machine_no_id_is_given_twice)
{
	char epoch[32];
	moment = (struct store_moment){ 1000, 1000, "one" };
	store = open_store(_i);
	strcpy(epoch, store_epoch(store));
	struct store_entry entry = entry_of("a", "1", 1000, 9);
	ck_assert_int_eq(store_append(store, &entry, 1), STORE_OK);
	uint64_t last = entry.seq;
	store_close(store);
	moment = (struct store_moment){ 2000, 10, "two" };
	store = open_store(_i);
	ck_assert_int_eq(store_append(store, &entry, 1), STORE_OK);
	ck_assert_uint_gt(entry.seq, last + 100000);
	ck_assert_str_eq(store_epoch(store), epoch);
	last = entry.seq;
	ck_assert_int_eq(store_append(store, &entry, 1), STORE_OK);
	ck_assert_uint_eq(entry.seq, last + 1);
	all_is(0, "a:1 a:1 a:1 ");
}
END_TEST

START_TEST(a_store_whose_directory_is_gone_takes_nothing)
{
	struct store_entry entry = entry_of("a", "1", 1000, 9);
	uint64_t head;
	store = open_store(_i);
	append("a", "1");
	run("mv %s %s.away");
	ck_assert_int_eq(store_append(store, &entry, 1), STORE_MISSING);
	ck_assert_int_eq(store_head(store, &head), STORE_MISSING);
	run("mv %s.away %s");
	append("a", "2");
	all_is(0, "a:1 a:2 ");
}
END_TEST

/* Copied over the database, the same file: nothing but the note beside it tells. */
START_TEST(a_backup_that_is_copied_over_the_store_begins_a_new_epoch)
{
	char epoch[32];
	store = open_store(_i);
	append("a", "1");
	store_close(store);
	store = open_store(_i); /* in the start of the machine that append() names */
	strcpy(epoch, store_epoch(store));
	run("sqlite3 %s/events.db \".backup %s/copy\"");
	append("a", "2");
	store_close(store);
	run("rm -f %s/events.db-* && cat %s/copy >%s/events.db && rm %s/copy");
	store = open_store(_i);
	ck_assert_str_ne(store_epoch(store), epoch);
	append("a", "3");
	all_is(0, "a:1 a:3 ");
	strcpy(epoch, store_epoch(store));
	store_close(store);
	store = open_store(_i);
	ck_assert_str_eq(store_epoch(store), epoch); /* once */
}
END_TEST

/* By SQLite's own means, while the store is in use. */
START_TEST(a_store_that_is_restored_while_it_is_open_begins_a_new_epoch)
{
	char epoch[32];
	struct store *other;
	store = open_store(_i);
	append("a", "1");
	strcpy(epoch, store_epoch(store));
	run("sqlite3 %s/events.db \".backup %s/copy\"");
	append("a", "2");
	append("a", "3");
	run("sqlite3 %s/events.db \".restore %s/copy\" && rm %s/copy");
	append("a", "4");
	ck_assert_str_ne(store_epoch(store), epoch);
	ck_assert_int_eq(try_to_open(_i, folder, &other), STORE_OK);
	ck_assert_str_eq(store_epoch(other), store_epoch(store));
	store_close(other);
	all_is(0, "a:1 a:4 ");
}
END_TEST

START_TEST(a_note_that_says_nothing_changes_nothing)
{
	char epoch[32];
	store = open_store(_i);
	append("a", "1");
	strcpy(epoch, store_epoch(store));
	store_close(store);
	run("head -c 5000 /dev/urandom >%s/last");
	store = open_store(_i);
	append("a", "2");
	ck_assert_str_eq(store_epoch(store), epoch);
}
END_TEST

static Suite *life_suite(void)
{
	Suite *suite = suite_create("store_life");
	TCase *tc = store_case("life");
	store_case_add(tc, an_append_after_the_store_was_removed_is_in_the_new_one);
	store_case_add(tc, a_store_that_was_restored_begins_a_new_epoch);
	store_case_add(tc, after_another_start_of_the_machine_no_id_is_given_twice);
	store_case_add(tc, a_store_whose_directory_is_gone_takes_nothing);
	store_case_add(tc, a_backup_that_is_copied_over_the_store_begins_a_new_epoch);
	store_case_add(tc, a_store_that_is_restored_while_it_is_open_begins_a_new_epoch);
	store_case_add(tc, a_note_that_says_nothing_changes_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(life_suite)
