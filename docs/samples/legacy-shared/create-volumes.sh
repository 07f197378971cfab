#!/bin/sh
# Makes the volumes that hold the data, if they are not there yet. Run it once before the first start;
# running it again changes nothing. The labels note what each volume holds, and edfi-setup knows it by them.
set -eu

docker volume create \
  --label 'io.edfi-setup.data-standard=4.0.0' \
  --label 'io.edfi-setup.deployment=legacy' \
  --label 'io.edfi-setup.holds=database of the platform itself' \
  --label 'io.edfi-setup.made-by=ods-api-db-admin' \
  --label 'io.edfi-setup.release=6.2.0' \
  --label 'io.edfi-setup.secrets=first' \
  --label 'io.edfi-setup.service=db-admin' \
  'legacy_db-admin-data'

docker volume create \
  --label 'io.edfi-setup.data-standard=4.0.0' \
  --label 'io.edfi-setup.deployment=legacy' \
  --label 'io.edfi-setup.holds=database of students, staff and schools' \
  --label 'io.edfi-setup.made-by=ods-api-db-ods' \
  --label 'io.edfi-setup.release=6.2.0' \
  --label 'io.edfi-setup.secrets=first' \
  --label 'io.edfi-setup.service=db-ods' \
  'legacy_db-ods-data'
