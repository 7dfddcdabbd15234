# bash completion of pktgen, analyzer, nsglue, hopload and hopcost. The programs know what can come next: each is asked.
# What a program has no answer for is left to bash, which offers files.
_hopcost_complete() {
  local line=${COMP_LINE:0:COMP_POINT} word candidate
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=${words[-1]}
  # bash replaces only what stands behind the last of its own word breaks (as ':' and '=').
  local kept=$word
  while [[ -n $kept && $COMP_WORDBREAKS != *"${kept: -1}"* ]]; do kept=${kept%?}; done
  COMPREPLY=()
  while IFS= read -r candidate; do
    [[ $candidate == *[:=@,/] ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("${candidate#"$kept"}")
  done < <("$1" --complete "${words[@]:1}" 2>/dev/null </dev/null)
}
complete -o bashdefault -o default -F _hopcost_complete pktgen analyzer nsglue hopload hopcost
