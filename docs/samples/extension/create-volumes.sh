#!/bin/sh
# Makes the volumes that hold the data, if they are not there yet. Run it once before the first start;
# running it again changes nothing. The labels note what each volume holds, and edfi-setup knows it by them.
set -eu

docker volume create \
  --label 'io.edfi-setup.data-standard=6.1.0' \
  --label 'io.edfi-setup.deployment=district' \
  --label 'io.edfi-setup.holds=database of the platform itself' \
  --label 'io.edfi-setup.made-by=ods-api-db-admin' \
  --label 'io.edfi-setup.release=7.3.2' \
  --label 'io.edfi-setup.secrets=first' \
  --label 'io.edfi-setup.service=db-admin' \
  'district_db-admin-data'

docker volume create \
  --label 'io.edfi-setup.data-standard=6.1.0' \
  --label 'io.edfi-setup.deployment=district' \
  --label 'io.edfi-setup.holds=database of students, staff and schools' \
  --label 'io.edfi-setup.made-by=ods-api-db-ods-minimal' \
  --label 'io.edfi-setup.release=7.3.2' \
  --label 'io.edfi-setup.secrets=first' \
  --label 'io.edfi-setup.service=db-ods' \
  'district_db-ods-data'
