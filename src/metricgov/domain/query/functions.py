"""Which functions a definition may call: those that compute from their arguments and do nothing else.

Functions that sqlglot knows are taken, but for those in REACHING and CHANGING; of all others only COMPUTING. What is in
no list is refused: an engine has functions that read files, call services or run code, and nobody can list them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_REACHING = """
a_i_forecast agg ai_agg ai_classify ai_embed ai_generate ai_similarity ai_summarize_agg apply columns current_account
current_account_name current_available_roles current_catalog current_client current_database current_ip_address
current_organization_name current_organization_user current_region current_role current_role_type current_schema
current_schemas current_secondary_roles current_session current_statement current_transaction current_user
current_user_id current_version current_warehouse dynamic_identifier features_at_time generate_bool generate_double
generate_embedding generate_int generate_table generate_text m_l_forecast m_l_translate net_func next_value_for
object_id open_j_s_o_n predict read_csv read_parquet secret session_user to_file vector_search
"""

_COMPUTING = """
age array_length array_slice array_to_json base64 bin bit_count bit_xor bool_and bool_or btrim cardinality ceiling
century char_length character_length date_add date_diff date_part date_sub date_trunc dateadd datediff datepart
datetrunc dayname dayofmonth dayofweek dayofyear decade decode div div0 div0null element_at elt encode ends_with
endswith epoch epoch_ms epoch_ns epoch_us era even find_in_set format_bytes format_number from_unixtime gamma gcd
get_bit hamming hash hex hour iff instr isfinite isinf isnan isnotnull isnull isodow isoyear jaccard jaro_similarity
jaro_winkler_similarity json_array_length json_contains json_valid julian justify_days lcase lcm len lgamma
list_aggregate list_avg list_concat list_contains list_count list_distinct list_element list_extract list_filter
list_has list_has_all list_has_any list_max list_min list_position list_reduce list_slice list_sort list_sum
list_transform list_unique list_value list_where locate log10 log1p log2 lpad ltrim mad make_date make_time
make_timestamp map_entries map_extract map_from_entries map_values max_by mean microsecond millennium millisecond
min_by mod mode months_between nfc_normalize nullifzero nvl octet_length parse_url pmod pow power product quantile
quantile_cont quantile_disc regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_substr round_even
roundbankers rpad rtrim safe_divide shiftleft shiftright size skewness sort_array split_part starts_with startswith
stddev str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos
struct_extract struct_pack substr timezone_hour timezone_minute to_char to_date to_days to_hours to_json
to_microseconds to_milliseconds to_minutes to_months to_number to_seconds to_timestamp to_weeks to_years trunc try_add
try_divide try_multiply try_subtract try_to_date try_to_number try_to_timestamp ucase unbin unhex union_extract
unix_timestamp url_decode url_encode var_pop var_samp weekday weekofyear width_bucket xor yearweek zeroifnull
"""

REACHING: frozenset[str] = frozenset(_REACHING.split())
"""Known functions that read files, sessions, catalogues or models, call services, or move a sequence."""

CHANGING: frozenset[str] = frozenset({"normal", "rand", "randn", "randstr", "shuffle", "uniform", "uuid", "zipf"})
"""Known functions that give another value each time, so that no value could be computed again."""

COMPUTING: frozenset[str] = frozenset(_COMPUTING.split())
"""Functions of engines that sqlglot passes on as they are, and that compute from their arguments alone."""


def refusal(node: exp.Func) -> str:
    """Return why a definition must not call a function, "" where it may."""
    from sqlglot import exp

    known = not isinstance(node, exp.Anonymous | exp.AnonymousAggFunc | exp.ParameterizedAgg)
    name = (node.sql_name() if known else node.name).lower()
    if isinstance(node.parent, exp.Dot):
        return f"`{name}` is called by the name of another schema or object"
    if name in REACHING:
        return f"`{name}` reaches beyond the rows of a source"
    if name in CHANGING:
        return f"`{name}` gives another value each time"
    if not known and name not in COMPUTING:
        return f"`{name}` is no function known to compute from its arguments alone"
    return ""
