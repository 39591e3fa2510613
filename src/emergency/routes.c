/* routes: the room's table. */
#include "emergency/internal.h"

#define API "/api/v1"
static const InputField declare_in[] = {
    {"name", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 80, .doc = "what happened"},
    {"basis", IN_BODY, TYPE_TEXT, true, .min = 4, .max = 300, .doc = "the emergency plan, its level and the order it rests on"},
    {"ends_at", IN_BODY, TYPE_TIME, true, .doc = "until when, within emergency.hours_max from now"},
    {"account_ids", IN_BODY, TYPE_JSON, .max = 16384, .doc = "ids of people on site, at most 500"},
    {"org_ids", IN_BODY, TYPE_JSON, .max = 4096, .doc = "ids of organisations: their people on site and those below them"},
    {0}};
static const InputField list_in[] = {{"open", IN_QUERY, TYPE_BOOL, .doc = "only those that run now"},
                                     {"called", IN_QUERY, TYPE_BOOL, .doc = "only those one is called to"},
                                     {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
                                     {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
                                     {0}};
static const InputField one_in[] = {ID_PATH("emergency duty"), {0}};
static const InputField people_in[] = {{"q", IN_QUERY, TYPE_TEXT, .max = 60, .doc = "part of a name or of an organisation's"},
                                       {0}};
static const InputField end_in[] = {
    ID_PATH("emergency duty"), {"note", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "why it ends"}, {0}};
static const InputField tracking_in[] = {
    ID_PATH("emergency duty"),
    {"on", IN_BODY, TYPE_BOOL, true, .doc = "whether one's own position is recorded from now on"},
    {0}};
static const InputField points_in[] = {ID_PATH("emergency duty"),
                                       {"points", IN_BODY, TYPE_JSON, true, .max = 65536,
                                        .doc =
                                            "[{at: RFC 3339 time, lon, lat: CGCS2000 degrees, accuracy: metres}], 1 to 200, in "
                                            "order of time"},
                                       {0}};
static const InputField track_in[] = {
    ID_PATH("emergency duty"), {"account", IN_QUERY, TYPE_ID, true, .min = 1, .doc = "one of the people called"}, {0}};

static const OutputField declare_out[] = {
    {"emergency_id", "string", "id"}, {"people", "number", "how many were called and told"}, {0}};
static const OutputField list_out[] = {
    {"items",
     "{emergency_id:string,name:string,basis:string,begins_at:string,ends_at:string,ended_at:string|null,open:boolean,"
     "called:boolean,on:boolean,on_since:string|null}[]",
     "newest first; called: the caller is one of the people; on: his position is recorded"},
    {"next", "string|null", "after of the next page"},
    {0}};
static const OutputField one_out[] = {
    {"emergency_id", "string", "id"},
    {"name", "string", "what happened"},
    {"basis", "string", "what it rests on"},
    {"begins_at", "string", "when it was declared"},
    {"ends_at", "string", "until when"},
    {"declared_by", "string", "name"},
    {"ended_at", "string|null", "when it was ended before its time"},
    {"ended_by", "string", "name; empty: nobody"},
    {"end_note", "string", "why"},
    {"tracks_gone_at", "string|null", "when its tracks were destroyed"},
    {"open", "boolean", "it runs now"},
    {"called", "boolean", "the caller is one of the people"},
    {"may_end", "boolean", "the caller may end it"},
    {"people",
     "{account_id:string,name:string,org_name:string,on:boolean,on_at:string|null,off_at:string|null,points:number,last_at:"
     "string|null,lon:number|null,lat:number|null,accuracy:number|null}[]",
     "who is called and where they were last; others than in charge see themselves alone"},
    {0}};
static const OutputField people_out[] = {
    {"items", "{account_id:string,name:string,org_id:string,org_name:string}[]", "at most 50"}, ONE_PAGE, {0}};
static const OutputField tracking_out[] = {{"on", "boolean", "as it is now"}, {0}};
static const OutputField points_out[] = {
    {"kept", "number", "points kept: from switching on until now, 5 s or more after the one before"}, {0}};
static const OutputField track_out[] = {
    {"items", "{at:string,lon:number,lat:number,accuracy:number}[]", "the newest 5,000, in order of time"}, ONE_PAGE, {0}};

const Route emergency_routes[EMERGENCY_ROUTES] = {
    {"POST", API "/emergencies", PERMIT_EVENT_SUPERVISE, LANE_WRITE, emergencies_post, "emergency.declare",
     "Declares an emergency duty: what happened, its basis, its term, who is called.", declare_in, declare_out},
    {"GET", API "/emergencies", PERMIT_LOGIN, LANE_READ, emergencies_get, "emergency.list",
     "Emergency duties that one's centre declared or that one is called to.", list_in, list_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/emergencies/people", PERMIT_EVENT_SUPERVISE, LANE_READ, emergency_people_get, "emergency.people",
     "People who can be called.", people_in, people_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/emergencies/{id}", PERMIT_LOGIN, LANE_READ, emergency_get, "emergency.get",
     "One emergency duty, and where its people were last.", one_in, one_out},
    {"POST", API "/emergencies/{id}/end", PERMIT_EVENT_SUPERVISE, LANE_WRITE, emergency_end_post, "emergency.end",
     "Ends it before its time: nothing is recorded from then on.", end_in, one_out},
    {"POST", API "/emergencies/{id}/tracking", PERMIT_LOGIN, LANE_WRITE, emergency_tracking_post, "emergency.tracking",
     "Whoever is called switches the recording of his own position on or off.", tracking_in, tracking_out},
    {"POST", API "/emergencies/{id}/points", PERMIT_LOGIN, LANE_WRITE, emergency_points_post, "emergency.points",
     "Positions of the caller while he has switched it on.", points_in, points_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/emergencies/{id}/track", PERMIT_LOGIN, LANE_READ, emergency_track_get, "emergency.track",
     "The positions of one of its people, in order of time.", track_in, track_out},
};
