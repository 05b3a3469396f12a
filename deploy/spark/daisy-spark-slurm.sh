#!/usr/bin/env bash
#SBATCH --job-name=daisy
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=01:00:00
# A Spark cluster inside an allocation: a master on the first node, a worker on every node.
#
#   sbatch daisy-spark-slurm.sh run tomography --engine spark --scan scan.h5 --output reco.h5
#
# The words after the script go to `daisy`. Needs daisy with the extra `spark` at the same path on
# every node, and two folders that all nodes share: DAISY_RUNS and DAISY_SPARK_FOLDER.
set -euo pipefail

daisy=${DAISY:-daisy}
folder=${DAISY_SPARK_FOLDER:-$HOME/.daisy-spark}/${SLURM_JOB_ID:?run this with sbatch or salloc}
cores=${DAISY_SPARK_CORES:-${SLURM_CPUS_ON_NODE:-1}}
memory=${DAISY_SPARK_MEMORY:-4GB}
wait_s=${DAISY_SPARK_WAIT:-300}
nodes=${SLURM_NNODES:?}
export DAISY_RUNS=${DAISY_RUNS:-$HOME/.daisy-runs}

mkdir -p "$DAISY_RUNS"
(umask 077 && mkdir -p "$folder")
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)
address=${DAISY_SPARK_ADDRESS:-$first}

stop() {
  # Workers in the foreground see that the cluster was stopped, and end.
  "$daisy" cluster stop --folder "$folder" >/dev/null || true
  wait
}
trap stop EXIT

srun --nodes=1 --ntasks=1 --nodelist="$first" --overlap \
  "$daisy" cluster start --folder "$folder" --address "$address" --hosts "" \
  --timeout "$wait_s" --foreground >"$folder/master.out" 2>&1 &
for ((i = 0; i < wait_s; i++)); do
  [ -e "$folder/cluster.json" ] && break
  sleep 1
done
[ -e "$folder/cluster.json" ] || { cat "$folder/master.out" >&2; exit 1; }

srun --nodes="$nodes" --ntasks="$nodes" --ntasks-per-node=1 --overlap \
  "$daisy" cluster join --folder "$folder" --cores "$cores" --memory "$memory" \
  --timeout "$wait_s" --foreground >"$folder/workers.out" 2>&1 &
joined=0
for ((i = 0; i < wait_s && joined < nodes; i++)); do
  joined=$(grep -c "has joined" "$folder/workers.out" || true)
  sleep 1
done
[ "$joined" -gt 0 ] || { cat "$folder/workers.out" >&2; exit 1; }
[ "$joined" -eq "$nodes" ] || echo "daisy: warning: $joined of $nodes workers have joined" >&2

# What the user has configured otherwise is not read: Daisy takes one file.
url=$(sed -n 's/^ "url": "\(.*\)",$/\1/p' "$folder/cluster.json")
cat >"$folder/daisy.toml" <<TOML
run_directory = "$DAISY_RUNS"
[spark]
master = "$url"
secret_file = "$folder/conf/secret"
address = "$address"
executor_cores = $cores
TOML
export DAISY_CONFIG="$folder/daisy.toml"
"$daisy" "$@"
